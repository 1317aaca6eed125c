"""The start page of the course: `start.ipynb`, written anew each time JupyterLab is opened."""

from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent


def write_start_page(root: Path = ROOT) -> Path:
    """Write the start page and return its path."""
    path = root / "start.ipynb"
    book = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    book.cells = [nbformat.v4.new_markdown_cell("# Plank by Plank", id="title")]
    nbformat.write(book, path)
    return path
