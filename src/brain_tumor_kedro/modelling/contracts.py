"""Input contracts: what a backbone expects of its pixels. Plain data, without Keras."""

from collections.abc import Mapping
from typing import Literal

Contract = Literal["tf", "caffe", "torch", "radimagenet", "built_in", "unit"]

#: Scale and offset of each channel.
Affine = tuple[tuple[float, float, float], tuple[float, float, float]]

#: ImageNet's mean pixel, blue first.
_CAFFE_MEANS = (103.939, 116.779, 123.68)

#: What each contract makes of a channel's gray value, 0 to 255: `scale * value + offset`, in the
#: order of channels that the backbone sees. A gray image is the same in all three channels before
#: that, which is what a gray picture read as RGB (or BGR) is.
#:
#: The first three are those of Keras (torch: means and deviations of ImageNet's pixels in [0, 1]),
#: https://github.com/keras-team/keras/blob/master/keras/src/applications/imagenet_utils.py
#:
#: radimagenet: the publishers' code contradicts itself and they have not settled it
#: (https://github.com/BMEII-AI/RadImageNet/issues/18, open, no answer):
#: - All Keras scripts, the ones that go with the four `.h5` files, among them the sample for
#:   DenseNet121, hand `rescale=1/255` and Keras's caffe `preprocess_input` to ImageDataGenerator:
#:   https://github.com/BMEII-AI/RadImageNet/blob/main/acl/acl_train.py
#:   https://github.com/BMEII-AI/RadImageNet/blob/main/boneage-RIN-densenet121-sample-code.ipynb
#:   ImageDataGenerator applies the function first and rescales after it (`standardize`), which
#:   the issue takes the other way round. So the network sees (BGR - means) / 255: about -0.5 to
#:   0.6, and never a deviation divided out.
#: - The PyTorch notebooks, for converted weights, feed value / 127.5 - 1 instead:
#:   https://github.com/BMEII-AI/RadImageNet/blob/main/pytorch_example.ipynb
#: - MONAI's perceptual loss on RadImageNet subtracts the same BGR means from [0, 1] and divides
#:   by nothing: the first reading again.
#:   https://github.com/Project-MONAI/GenerativeModels/issues/450
#: - Study 4 fed its DenseNet121 what Keras's own DenseNet expects (torch).
#: Used here is the first reading: it belongs to these very files, and two parties share it.
#:
#: unit: [0, 1]. No backbone of the table wants it; a recipe's `contract` may. Study 2 fed it to all
#: of its sixteen, EfficientNet and ConvNeXt included, which normalize 0 to 255 inside and so saw
#: next to nothing.
CONTRACTS: Mapping[Contract, Affine] = {
    "tf": ((1 / 127.5,) * 3, (-1.0,) * 3),
    "caffe": ((1.0,) * 3, (-_CAFFE_MEANS[0], -_CAFFE_MEANS[1], -_CAFFE_MEANS[2])),
    "torch": (
        (1 / (255 * 0.229), 1 / (255 * 0.224), 1 / (255 * 0.225)),
        (-0.485 / 0.229, -0.456 / 0.224, -0.406 / 0.225),
    ),
    "radimagenet": (
        (1 / 255,) * 3,
        (-_CAFFE_MEANS[0] / 255, -_CAFFE_MEANS[1] / 255, -_CAFFE_MEANS[2] / 255),
    ),
    "built_in": ((1.0,) * 3, (0.0,) * 3),
    "unit": ((1 / 255,) * 3, (0.0,) * 3),
}

#: Contracts that want blue first.
BLUE_FIRST: frozenset[Contract] = frozenset({"caffe", "radimagenet"})
