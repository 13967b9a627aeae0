"""The script that Streamlit runs for everybody who opens the page, and after every change."""

import sys

from brain_tumor_kedro.app.choices import read_choices
from brain_tumor_kedro.app.page import show_page

show_page(read_choices(sys.argv[1:]))
