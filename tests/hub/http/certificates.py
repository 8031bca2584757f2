"""Certificates made for a test: an authority, and whom it signs."""

from __future__ import annotations

import datetime
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Authority:
    """An authority with its files in `folder`."""

    folder: Path
    name: x509.Name
    key: ec.EllipticCurvePrivateKey

    @staticmethod
    def make(folder: Path, name: str = "test authority") -> Authority:
        folder.mkdir(exist_ok=True)
        made = Authority(folder, _name(name), ec.generate_private_key(ec.SECP256R1()))
        own = made._builder(made.name, made.key).add_extension(x509.BasicConstraints(True, None), True)
        _write(folder / "ca.pem", own.sign(made.key, hashes.SHA256()))
        return made

    @property
    def file(self) -> str:
        return str(self.folder / "ca.pem")

    def signed(self, common_name: str, organization: str | None = None) -> tuple[str, str]:
        """The files of a certificate for this machine and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        builder = self._builder(_name(common_name, organization), key).add_extension(address, critical=False)
        certificate, key_file = (
            self.folder / f"{common_name} {organization}.{end}" for end in ("pem", "key")
        )
        _write(certificate, builder.sign(self.key, hashes.SHA256()))
        kind = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        key_file.write_bytes(key.private_bytes(*kind))
        return str(certificate), str(key_file)

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        now = datetime.datetime.now(datetime.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
        )


def _name(common_name: str, organization: str | None = None) -> x509.Name:
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
    if organization is not None:
        parts.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
    return x509.Name(parts)


def _write(path: Path, certificate: x509.Certificate) -> None:
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
