"""The pager: text goes into the frontend's."""
from _safepyrun_kernel import get_ipython


def page(strng, start=0, screen_lines=0, pager_cmd=None):
    "Show text (str, or a MIME bundle) in the frontend's pager."
    data = strng if isinstance(strng, dict) else {"text/plain": strng}
    data = data.get("data", data)
    get_ipython().payload_manager.write_payload({"source": "page", "data": data, "start": start}, single=False)


display_page = pager_page = page


def page_file(fname, start=0, pager_cmd=None):
    "Show a text file in the pager."
    with open(fname, encoding="utf-8") as file:
        page(file.read(), start)
