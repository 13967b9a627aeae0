"""Datasets: bytes to arrays and tables, and back."""

from brain_tumor_kedro.datasets.brats_dataset import BratsDataset
from brain_tumor_kedro.datasets.figshare_dataset import FigshareDataset
from brain_tumor_kedro.datasets.figure_dataset import FigureDataset
from brain_tumor_kedro.datasets.folder_dataset import FolderDataset
from brain_tumor_kedro.datasets.image_collection_dataset import ImageCollectionDataset
from brain_tumor_kedro.datasets.image_folder_dataset import ImageFolderDataset
from brain_tumor_kedro.datasets.keras_model_dataset import KerasModelDataset
from brain_tumor_kedro.datasets.packed_images_dataset import PackedImagesDataset
from brain_tumor_kedro.datasets.previous_tables_dataset import PreviousTablesDataset
from brain_tumor_kedro.datasets.whole_folder_dataset import WholeFolderDataset

__all__ = [
    "BratsDataset",
    "FigshareDataset",
    "FigureDataset",
    "FolderDataset",
    "ImageCollectionDataset",
    "ImageFolderDataset",
    "KerasModelDataset",
    "PackedImagesDataset",
    "PreviousTablesDataset",
    "WholeFolderDataset",
]
