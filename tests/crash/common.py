# SPDX-License-Identifier: MIT
"""What the parts of the crash laboratory share."""
import os

KIB = 1024
TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def windows_path(path):
    return "Z:" + path.replace("/", "\\")


def read(path, mode="r"):
    try:
        with open(path, mode, **({} if "b" in mode else {"errors": "replace"})) as stream:
            return stream.read()
    except OSError:
        return b"" if "b" in mode else ""
