"""The page of the certificate: what is printed where, Chinese first with English beside it (R30)."""

from datetime import date
from pathlib import Path
from xml.sax.saxutils import escape

from services.certificate.adapters.canvas import GOLD, GREY, LEFT, MIDDLE, RED, RIGHT, RULE, Canvas
from services.certificate.adapters.hours_table import draw_hours, plain
from services.certificate.adapters.ornament import draw_border, draw_paper, draw_rule, draw_seal
from services.certificate.adapters.qr import draw_qr
from services.certificate.domain.document import CertificateData, DocumentKind

_TITLES = {
    DocumentKind.CERTIFICATE: ("继续教育合格证书", "CERTIFICATE OF CONTINUING EDUCATION"),
    DocumentKind.HOURS_STATEMENT: ("继续教育学时证明", "STATEMENT OF CONTINUING EDUCATION HOURS"),
}
_PHOTO = (LEFT, 83.0, 35.0, 42.0)  # x, y, width, height in mm; 5:6 like the 150×180 photo (R3)
_QR_SIDE = 43.0


def render(data: CertificateData, token: str, font: Path) -> bytes:
    """The unsigned PDF: the same arguments give the same bytes. `token` goes behind the # of the URL."""
    page = Canvas(font, data.issued_at_utc)
    _describe(page, data)
    draw_paper(page)
    draw_border(page)
    _title(page, data)
    _statement(page, data)
    _photo_frame(page)
    _fields(page, data)
    draw_hours(page, data)
    _signature(page, data)
    _footnote(page)
    _qr(page, f"{data.verification_url}#{token}")
    return bytes(page.output())


def _describe(page: Canvas, data: CertificateData) -> None:
    """The number goes into XMP as dc:identifier, where a verifier finds it without reading the page."""
    title = _TITLES[data.kind][0]
    page.set_lang("zh-CN")
    page.set_title(f"{title} {data.number}")
    page.set_author(data.organisation)
    page.set_producer("Xueshi")
    page.set_xmp_metadata(
        _XMP.format(title=escape(title), number=escape(data.number), time=data.issued_at_utc.isoformat())
    )


_XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/">
<dc:format>application/pdf</dc:format><dc:identifier>{number}</dc:identifier>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<xmp:CreateDate>{time}</xmp:CreateDate></rdf:Description></rdf:RDF></x:xmpmeta>"""


def _title(page: Canvas, data: CertificateData) -> None:
    chinese, english = _TITLES[data.kind]
    page.write_at(RIGHT, 27, f"证书编号 No. {data.number}", 8.5, colour=GREY, align="right")
    page.write_at(MIDDLE, 43, chinese, 35, colour=RED, align="center", spacing=4.2, weight=0.45)
    page.write_at(MIDDLE, 51.5, english, 10.5, colour=GOLD, align="center", spacing=1.1)
    draw_rule(page, MIDDLE, 57, 62)


def _statement(page: Canvas, data: CertificateData) -> None:
    study = f"{_chinese_date(data.study_started)}至{_chinese_date(data.study_ended)}"
    subject = f"{data.licence_category}（{data.specialty}）"
    chinese = f"兹证明 {data.holder_name} 于{study}参加{subject}继续教育，"
    english = (
        "This certifies that the person named below completed the required hours of continuing education "
        "and passed the audit."
    )
    page.write_at(MIDDLE, 65.5, chinese, 12.5, align="center", width=RIGHT - LEFT)
    page.write_at(
        MIDDLE, 72.3, f"完成 {plain(data.total_hours)} 学时，经审核合格，特发此证。", 12.5, align="center"
    )
    page.write_at(MIDDLE, 77.6, english, 7, colour=GREY, align="center")


def _photo_frame(page: Canvas) -> None:
    """Empty: the holder sticks a photo in (照片)."""
    x, y, width, height = _PHOTO
    page.write_at(x + width / 2, y + height / 2, "照片 Photo", 8, colour=GREY, align="center")
    with page.ink(GOLD, line=0.35):
        page.rect(x, y, width, height)


def _fields(page: Canvas, data: CertificateData) -> None:
    pairs = (
        ("姓名", "Name", data.holder_name, "身份证号", "ID number", data.id_number_masked),
        ("执业资格", "Licence category", data.licence_category, "专业", "Specialty", data.specialty),
        ("证书号", "Licence number", data.licence_number, "培训班次", "Plan and batch", data.plan),
        ("培训机构", "Organisation", data.organisation, "学习时间", "Study period", _period(data)),
    )
    for row, pair in enumerate(pairs):
        y = 83.0 + 11.0 * row
        _field(page, 71.0, y, *pair[:3])
        _field(page, 146.5, y, *pair[3:])


def _field(page: Canvas, x: float, y: float, chinese: str, english: str, value: str) -> None:
    """Label above, value beneath, a hairline under both: 70 mm wide, 9 mm high."""
    width = page.write_at(x, y + 2.4, chinese, 7.5, colour=GREY)
    page.write_at(x + width + 1.4, y + 2.4, english, 5.8, colour=GREY)
    page.write_at(x, y + 7.4, value, 11.5, width=70)
    with page.ink(RULE, line=0.18):
        page.line(x, y + 9.2, x + 70, y + 9.2)


def _qr(page: Canvas, content: str) -> None:
    x, y = RIGHT - _QR_SIDE, 83.0
    with page.ink((255, 255, 255)):
        page.rect(
            x - 3.5, y - 3.5, _QR_SIDE + 7, _QR_SIDE + 8.5, style="F"
        )  # the quiet zone, over the watermark
    draw_qr(page, x, y, _QR_SIDE, content)
    page.write_at(
        x + _QR_SIDE / 2, y + _QR_SIDE + 3.6, "扫码验证 Scan to verify", 7, colour=GREY, align="center"
    )


def _signature(page: Canvas, data: CertificateData) -> None:
    x = 234.0
    draw_seal(page, x, 150.5, 16.5, data.organisation)
    page.write_at(x, 171.6, data.organisation, 11, align="center", width=68, weight=0.1)
    page.write_at(x, 176.9, f"发证日期 Issued  {_chinese_date(data.issued_on)}", 8.5, align="center")


def _footnote(page: Canvas) -> None:
    chinese = "本证书带有数字签名，任何改动均使其失效；扫描二维码可联网或离线验证真伪。"
    english = "Digitally signed (PAdES): any change voids it. Scan the code to verify it online or offline."
    page.write_at(MIDDLE, 181.2, chinese, 7.5, colour=GREY, align="center")
    page.write_at(MIDDLE, 185.2, english, 6, colour=GREY, align="center")


def _period(data: CertificateData) -> str:
    return f"{data.study_started.isoformat()} – {data.study_ended.isoformat()}"


def _chinese_date(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
