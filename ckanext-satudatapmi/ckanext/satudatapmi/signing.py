"""Signatures of what leaves the portal, by Ed25519 (RFC 8032): a reader can tell that a dump is ours and whole."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import ckan.plugins.toolkit as tk
from ckan.exceptions import CkanConfigurationException
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

OWNER_ALONE = 0o600


def sign(content: bytes) -> bytes:
    """Return the signature of some bytes by the portal's key."""
    return _key().sign(content)


def public_key() -> bytes:
    """Return the key by which signatures are checked, as PEM (SubjectPublicKeyInfo)."""
    return _key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def raw_public_key() -> bytes:
    """Return the same key as browsers read it: DER of SubjectPublicKeyInfo."""
    return _key().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def is_signed(content: bytes, signature: bytes, key: bytes) -> bool:
    """Tell whether a signature is one of these bytes by the owner of a key.

    Args:
        content, signature: as they came.
        key: the public one, as PEM.

    Raises:
        ValueError: the key is none of Ed25519.
    """
    loaded = load_pem_public_key(key)
    if not isinstance(loaded, Ed25519PublicKey):
        raise ValueError("the key is no Ed25519 key")
    try:
        loaded.verify(signature, content)
    except InvalidSignature:
        return False
    return True


def _key() -> Ed25519PrivateKey:
    """Return the portal's key; the first time it is made, readable for its owner alone."""
    named = tk.config["ckanext.satudatapmi.signing_key"]
    path = Path(named) if named else Path(tk.config["ckan.storage_path"]) / "satudata-signing-key.pem"
    if not path.exists():
        _make_key(path)
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise CkanConfigurationException(f"{path} holds no Ed25519 key; remove it, and a new one is made")
    return key


def _make_key(path: Path) -> None:
    """Write a new key beside its place and link it there: whoever comes first decides, and nobody reads a half."""
    text = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ALONE), "wb") as file:
        file.write(text)
    with suppress(FileExistsError):
        path.hardlink_to(beside)
    beside.unlink()
