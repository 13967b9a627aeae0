"""Names of heat-map files: every image has its own, and none leads out of their folder."""

import hashlib
import re

FOLDER = "heat_maps"
SUFFIX = ".png"

#: What some file system does not take, or what means something here: written as `%` and digits.
ODD = re.compile(r'[\x00-\x1f\x7f%#<>:"\\|?*]')

#: Bytes of a name; file systems take 255.
LONGEST = 200
#: Of a longer name what is kept, in characters, and digits of a hash of the whole.
KEPT, DIGITS = 40, 16
#: Bytes of a path below the folder; of a longer one a hash is left. Systems take 4,096 with all
#: folders above.
LONGEST_PATH = 1000


def name_heat_map(file: str, frame: int | None) -> str:
    """Name the heat map of an image after it.

    Args:
        file: Relative path, with `/`.
        frame: Number from 0 where the file holds several, else None.

    Returns:
        `heat_maps/<path>.png`, or `heat_maps/<path>#<frame>.png`; odd characters are written as
        `%` and their code, long names are cut and end in a hash, and of a long path a hash alone
        is left. Never the same for two images, and never below a path that is another image's.
    """
    *folders, name = (_plain(part) for part in file.split("/"))
    number = "" if frame is None else f"#{frame}"
    # A folder that ends like a heat map could be in the place of one.
    above = [re.sub(r"\.(?=png$)", "%2E", folder, flags=re.IGNORECASE) for folder in folders]
    path = "/".join([*above, name])
    if len(path.encode()) > LONGEST_PATH:
        # No other name begins with '#'.
        path = f"#{hashlib.sha256(file.encode()).hexdigest()}"
    return f"{FOLDER}/{path}{number}{SUFFIX}"


def _plain(part: str) -> str:
    plain = ODD.sub(lambda found: f"%{ord(found.group()):02X}", part)
    if part in {".", ".."}:
        plain = plain.replace(".", "%2E")
    if len(plain.encode()) <= LONGEST:
        return plain
    # '#' stands in no other name at this place, so that no short name looks like a cut one.
    whole = hashlib.sha256(part.encode()).hexdigest()[:DIGITS]
    return f"{plain[:KEPT].rpartition('%')[0] or plain[:KEPT]}#{whole}"
