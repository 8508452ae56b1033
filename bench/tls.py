"""A certificate for the newsstand, made by openssl when it is asked for, and the settings by which clients trust it."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path

TRUST = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")  # OpenSSL and httpx, requests, curl
DAYS = "2"


def certificate(folder: Path, hosts: list[str]) -> Path:
    """A self-signed certificate for these addresses, in one file with its key. Raises where openssl is missing."""
    made, key = folder / "cert.pem", folder / "key.pem"
    names = ",".join(f"IP:{host}" for host in hosts)
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    command += ["-days", DAYS, "-subj", "/CN=newsstand", "-addext", f"subjectAltName={names}"]
    subprocess.run([*command, "-out", str(made), "-keyout", str(key)], check=True, capture_output=True)
    return made


def context(made: Path) -> ssl.SSLContext:
    """What the server shows: the certificate, whose key lies beside it."""
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    found.load_cert_chain(made, made.with_name("key.pem"))
    return found


def trusting(made: Path) -> dict[str, str]:
    """The environment of a client that trusts it."""
    return dict.fromkeys(TRUST, str(made))
