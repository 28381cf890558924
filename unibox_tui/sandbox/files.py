"""Small real files made in code: pictures, slips, papers, and what Outlook wraps them in."""

from __future__ import annotations

import random
import struct
import zlib

from unibox_tui.domain.inbound import InboundAttachment

_NAMES = {
    ("photo", "vi"): "hop-hang.png",
    ("photo", "th"): "รูปสินค้า.png",
    ("photo", "en"): "parcel.png",
    ("slip", "vi"): "bien-lai.png",
    ("slip", "th"): "สลิปโอนเงิน.png",
    ("slip", "en"): "receipt.png",
    ("pdf", "vi"): "bao-gia.pdf",
    ("pdf", "th"): "ใบสั่งซื้อ.pdf",
    ("pdf", "en"): "purchase-order.pdf",
}


def made(kind: str, language: str, chance: random.Random) -> InboundAttachment:
    """A file a customer sends: `photo`, `slip` or `pdf`, with its bytes."""
    name = _NAMES[(kind, language)]
    content = pdf(f"Order {chance.randrange(10_000)}") if kind == "pdf" else png(chance, tall=kind == "slip")
    media_type = "application/pdf" if kind == "pdf" else "image/png"
    return InboundAttachment(name, media_type, len(content), content)


def png(chance: random.Random, *, tall: bool = False) -> bytes:
    """A picture of coloured stripes, different each time."""
    width, height = (36, 64) if tall else (64, 48)
    bands = [bytes(chance.randrange(40, 240) for _ in range(3)) for _ in range(8)]
    rows = b"".join(b"\0" + bands[y * len(bands) // height] * width for y in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )


def pdf(words: str) -> bytes:
    """One page with one line of ASCII."""
    stream = f"BT /F1 24 Tf 72 720 Td ({words}) Tj ET".encode("ascii")
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def winmail(name: str, content: bytes) -> bytes:
    """TNEF with one file in it."""

    def attribute(level: int, id: int, data: bytes) -> bytes:
        return struct.pack("<BII", level, id, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)

    rendering = struct.pack("<HIHHI", 1, 0xFFFFFFFF, 32, 32, 0)
    return (
        struct.pack("<IH", 0x223E9F78, 1)
        + attribute(1, 0x00089006, struct.pack("<I", 0x00010000))
        + attribute(2, 0x00069002, rendering)
        + attribute(2, 0x00018010, name.encode("ascii") + b"\0")
        + attribute(2, 0x0006800F, content)
    )
