from brain_tumor_kedro.sample.collection import ALPHA, BETA, Collection


def test_names_follow_each_data_set():
    collection = Collection()
    for home in (ALPHA, BETA):
        for split in ("Training", "Testing"):
            collection.add_picture(home, split, "no_tumor", b"", ".jpg")
    assert [file.image_id for file in collection.files] == [
        "kaggle/phantom_alpha/Training/no_tumor/no-0001.jpg",
        "kaggle/phantom_alpha/Testing/no_tumor/no-0002.jpg",
        "kaggle/phantom_beta/Training/notumor/Tr-no_0001.jpg",
        "kaggle/phantom_beta/Testing/notumor/Te-no_0002.jpg",
    ]


def test_files_are_listed_by_data_set_and_split():
    collection = Collection()
    first = collection.add_picture(ALPHA, "Training", "glioma", b"", ".png")
    second = collection.add_picture(ALPHA, "Testing", "glioma", b"", ".png")
    assert collection.of(ALPHA.name) == [first, second]
    assert collection.of(ALPHA.name, "Testing") == [second]
    assert collection.of(BETA.name) == []
    assert first.suffix == ".png"
