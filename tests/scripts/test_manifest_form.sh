#!/bin/sh
# SPDX-License-Identifier: MIT
# The generated side-by-side manifest as a strict reader sees it: Wine overlooks what Windows refuses.
# Run by tools/test.sh for each width: QMGR_TEST_WIDTH.
set -eu
top=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd -P)
exec python3 - "$top/build/$QMGR_TEST_WIDTH" "$QMGR_TEST_WIDTH" <<'END'
import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree

folder, width = pathlib.Path(sys.argv[1]), sys.argv[2]
content = (folder / "QmgrPrxy.manifest").read_bytes()
ASM = "{urn:schemas-microsoft-com:asm.v1}"
GUID = re.compile(r"\{[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}\}")
# Attributes that Windows XP knows, those that must be there, and those that are GUIDs.
KNOWN = {
    "assembly": ("manifestVersion", "manifestVersion", ""),
    "assemblyIdentity": ("type name version processorArchitecture publicKeyToken language", "type name version", ""),
    "file": ("name hash hashalg", "name", ""),
    "comClass": ("clsid description progid threadingModel tlbid", "clsid threadingModel", "clsid tlbid"),
    "typelib": ("tlbid version helpdir flags resourceid", "tlbid version helpdir", "tlbid"),
    "comInterfaceExternalProxyStub": ("iid name numMethods baseInterface tlbid proxyStubClsid32",
                                      "iid name numMethods proxyStubClsid32",
                                      "iid baseInterface tlbid proxyStubClsid32"),
}


def attributes_are_right(element):
    known, needed, guids = (set(words.split()) for words in KNOWN[element.tag.removeprefix(ASM)])
    names = set(element.attrib)
    return needed <= names <= known and all(GUID.fullmatch(element.get(name)) for name in names & guids)


def it_is_well_formed_and_says_only_what_windows_xp_knows():
    return content.startswith(b"<?xml ") and all(map(attributes_are_right, ElementTree.fromstring(content).iter()))


def the_identity_comes_first_and_names_the_width():
    identity = ElementTree.fromstring(content)[0]
    return (identity.tag == ASM + "assemblyIdentity" and identity.get("type") == "win32"
            and identity.get("name") == "QmgrPrxy" and re.fullmatch(r"\d+(\.\d+){3}", identity.get("version"))
            and identity.get("processorArchitecture") == {"x86_64": "amd64", "i686": "x86"}[width])


def each_interface_is_there_once_and_its_proxy_class_is_in_the_file():
    root = ElementTree.fromstring(content)
    faces = root.findall(ASM + "comInterfaceExternalProxyStub")
    classes = {element.get("clsid") for element in root.find(ASM + "file").findall(ASM + "comClass")}
    iids = {face.get("iid") for face in faces}
    return len(faces) == len(iids) == 6 and {face.get("proxyStubClsid32") for face in faces} <= classes


def the_dll_has_the_same_manifest_in_it():
    return content in (folder / "QmgrPrxy.dll").read_bytes()


for test in (it_is_well_formed_and_says_only_what_windows_xp_knows, the_identity_comes_first_and_names_the_width,
             each_interface_is_there_once_and_its_proxy_class_is_in_the_file, the_dll_has_the_same_manifest_in_it):
    print("ok" if test() else "not ok", test.__name__)
END
