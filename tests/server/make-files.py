#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes the files that the test server serves.

usage: make-files.py DIR

The content is the same at every run: a stream of AES in counter mode, which does not compress and of which no two
parts are alike, so that a byte in the wrong place is found.
"""
import os
import subprocess
import sys

KIB = 1024
MIB = 1024 * KIB


def main(folder):
    os.makedirs(os.path.join(folder, "many"))
    big = os.path.join(folder, "big.bin")
    with open(big, "wb") as out, open("/dev/zero", "rb") as zeros:
        encryption = subprocess.Popen(
            ["openssl", "enc", "-aes-128-ctr", "-K", "51" * 16, "-iv", "00" * 16],
            stdin=subprocess.PIPE, stdout=out, stderr=subprocess.DEVNULL)
        chunk = zeros.read(4 * MIB)
        for _ in range(25):
            encryption.stdin.write(chunk)
        encryption.stdin.close()
        if encryption.wait():
            sys.exit("openssl failed")
    with open(big, "rb") as stream:
        data = stream.read(8 * MIB)
    taken = 0

    def make(name, size):
        nonlocal taken
        with open(os.path.join(folder, name), "wb") as out:
            out.write(data[taken:taken + size])
        taken += size

    make("empty.bin", 0)
    make("one.bin", 1)
    make("small.bin", 4 * KIB)
    make("mid.bin", MIB)
    make("with space.bin", 10 * KIB)
    make("Größe-файл-\u6587.bin", 10 * KIB)
    for i in range(300):
        make("many/f%03d.bin" % i, 2 * KIB + i * 7919 % (18 * KIB))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
