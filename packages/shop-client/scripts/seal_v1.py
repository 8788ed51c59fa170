"""Seals standard input as RSAES-OAEP with SHA-256 (hash and MGF1), for the public key (PEM) named first."""

import sys

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

with open(sys.argv[1], "rb") as file:
    key = serialization.load_pem_public_key(file.read())
oaep = padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)
sys.stdout.buffer.write(key.encrypt(sys.stdin.buffer.read(), oaep))
