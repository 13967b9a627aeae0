"""What a report says of a data set of volumes, beside what it says of any."""

#: What the figures of the data show, by name and in order.
CAPTIONS = {
    "flow": "From the cases that were found to the patients and slices of every split.",
    "samples": (
        "The middle slice of a few patients of every class, as it is packed: each sequence alone, "
        "all three as red, green and blue, and the outline of the tumor where its mask is known. "
        "The patient's left is on the right."
    ),
    "patients": (
        "How many slices each included case gives, and how large its tumor is by its mask. A point "
        "is a case; a box holds the middle half of its class."
    ),
    "splits": "How many slices of each class every split has.",
}

#: What holds for every data set of volumes made here.
LIMITS = (
    "Every patient has a tumor of one of the classes, and slices were chosen by a mask that came "
    "with the volumes: where nobody has outlined a tumor, nothing here says which slices to judge.",
    "The volumes were prepared before they were published, those of BraTS by taking the skull away "
    "and laying all on one template. A scanner gives no such volumes.",
    "A scan that comes twice is found where its voxels are equal. One that was prepared anew and "
    "has another patient's name is not.",
)
