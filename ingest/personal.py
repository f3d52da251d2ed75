"""Personal data in text: e-mail addresses, phone numbers, public IP addresses, names of home folders.

Borders of words are those of ASCII: Chinese and Japanese text stands next to an address without a blank.

Phone numbers are checked by phonenumbers (the port of Google's libphonenumber): numbering plans change,
and a hand-written pattern takes timestamps, sizes in bytes and ids for numbers.
"""

from __future__ import annotations

import ipaddress
import re

EMAIL = "[email]"
PHONE = "[phone]"
IP = "[ip]"
NAME = "[name]"
USER = "[user]"

_EMAIL = re.compile(
    r"(?<![A-Za-z0-9_.+/-])([A-Za-z0-9][\w.+-]{0,63})(?:[@＠]|%40)"
    r"((?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+([A-Za-z]{2,24}))"
    r"(?![A-Za-z0-9_-])(?!:[A-Za-z_~/])"
)
_SPELT_EMAIL = re.compile(
    r"(?<![A-Za-z0-9_.+/-])[A-Za-z0-9][\w.+-]{0,63} ?[\[({] ?at ?[\])}] ?[A-Za-z0-9-]{1,63}"
    r"(?:(?: ?[\[({] ?dot ?[\])}] ?|\.)[A-Za-z0-9-]{2,63}){1,4}",
    re.IGNORECASE,
)
_NAME_BEFORE_EMAIL = re.compile(
    r"(?<![\w.'-])(?:[A-Z\u00c0-\u024f\u4e00-\u9fff][\w.'-]{0,30} {1,2}){1,4}(?=<\[email\]>)"
)
_HOME = re.compile(r"((?<![\w.])/(?:home|Users)/|\b[A-Za-z]:(?:\\{1,2}|/)Users(?:\\{1,2}|/))([\w.@+-]{1,40})")
_NO_USERS_WORDS = """
ubuntu root user users username your_username your-username yourname you me admin administrator ec2-user
centos debian azureuser app milvus git docker runner vscode public default shared node jovyan conda work
data name xxx xxxx foo test coder codespace gitpod airflow spark jenkins postgres
vagrant rocky abuild builder build yourusername someone pi opc
"""
_NO_USERS = frozenset(_NO_USERS_WORDS.split())
"""Folders below `/home` that name no person: accounts of images, and placeholders."""
_NO_DOMAIN_WORDS = """
local localhost internal svc lan cluster home corp py js ts go java sh rs md txt json yaml yml toml
cfg conf png jpg svg html css service socket target timer
"""
_NO_DOMAIN = frozenset(_NO_DOMAIN_WORDS.split())
_INTERNATIONAL = re.compile(
    r"(?<![\w.+=@/#-])(?:\+|\(\+|00(?=[1-9]))[1-9](?:[ ().-]{0,2}\d){6,16}(?![\w-])(?!\.\d)",
    re.ASCII,
)
_NORTH_AMERICAN = re.compile(
    r"(?<![\w.+=@/#:-])(?:1[-. ])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}([-.]))\d{3}(?(1)\1|[-. ])\d{4}"
    r"(?![\w-])(?!\.\d)",
    re.ASCII,
)
_CALLED = re.compile(
    r"(\b(?:phone|tel|telephone|mobile|cell|whatsapp|wechat|telegram|signal|call me|text me|sms|"
    r"ring me|reach me)\b"
    r"(?: ?(?:number|no|nr|id|me|at|on|is|under))*\W{1,3}"
    r"|(?:电话|手机号?|微信号?|联系方式|電話番号?|携帯)[^\d\n+]{0,4})"
    r"(\+?\(?\d(?:[ ().-]{0,2}\d){6,14})(?![\w-])(?!\.\d)",
    re.IGNORECASE | re.ASCII,
)
_MESSENGER = re.compile(
    r"(?<![\w])(wxid_)\w{6,}|\b(QQ(?:群|号|:|：|\s){1,3})[1-9]\d{4,10}(?!\w)", re.IGNORECASE
)
_KEY_OWNER = re.compile(r"(\bssh-(?:rsa|dss|ed25519) AAAA[A-Za-z0-9+/=]{8,} )[\w.+-]+@[\w.-]+")
_DATE = re.compile(r"\(?(?:19|20)\d\d[-./](?:0[1-9]|1[0-2])[-./]", re.ASCII)
_IPV4 = re.compile(r"(?<![\w.-])(\d{1,3}(?:\.\d{1,3}){3})(?![\w-])(?!\.\d)", re.ASCII)
_IPV6 = re.compile(r"(?<![\w:.])([23][0-9a-fA-F]{3}(?::[0-9a-fA-F]{0,4}){3,7})(?![\w:])", re.ASCII)
_PORT = re.compile(r":\d{2,5}(?!\d)", re.ASCII)
_RESOLVERS = frozenset({"8.8.8.8", "8.8.4.4", "1.1.1.1", "1.0.0.1", "9.9.9.9", "114.114.114.114"})
_VERSION_BEFORE = re.compile(
    r"(?:\bv|\bver\.?|versions?|release|tags?|build|kernel|driver|firmware|upgrad\w+|downgrad\w+|"
    r"[=<>~^]=?|[a-z]:|[a-z]/|\bto|\bfrom v?[\d.]+ to)[\s:=v`'\"-]*$",
    re.IGNORECASE,
)
_ADDRESS_BEFORE = re.compile(
    r"(?:://|@|\b(?:ip|ips|host|hosts|addr|address|server|ping|ssh|connect(?:ed|ing)?(?: to)?|node|peer|"
    r"endpoint|gateway|remote|client|bind|listen\w*)\b)[\s:=`'\"(\[]*$",
    re.IGNORECASE,
)
_CONTEXT = 24
_VERSION_PART = 64
"""Parts of a version are small; an address with no part above this needs a word that says so."""
_MIN_DIGITS, _MAX_DIGITS = 9, 15


def mask_personal(text: str) -> str:
    """Return `text` with e-mail addresses, phone numbers, public IP addresses and home folders masked."""
    if "@" in text or "＠" in text or "%40" in text:
        text = _EMAIL.sub(_mask_email, text)
        text = _NAME_BEFORE_EMAIL.sub(f"{NAME} ", text) if EMAIL in text else text
    if "ssh-" in text:
        text = _KEY_OWNER.sub(rf"\1{USER}", text)
    lowered = text.lower()
    if "wxid_" in lowered or "qq" in lowered:
        text = _MESSENGER.sub(lambda found: (found.group(1) or found.group(2)) + USER, text)
    if any(mark + "at" in lowered for mark in ("[", "(", "{", "[ ", "( ")):
        text = _SPELT_EMAIL.sub(EMAIL, text)
    if "/home/" in text or "Users" in text:
        text = _HOME.sub(_mask_home, text)
    if any(map(str.isdigit, text)):
        if "." in text:
            text = _IPV4.sub(_mask_ipv4, text)
        if text.count(":") >= 3:
            text = _IPV6.sub(_mask_ipv6, text)
        text = _CALLED.sub(_mask_called, text)
        text = _INTERNATIONAL.sub(_mask_international, text)
        text = _NORTH_AMERICAN.sub(PHONE, text)
    return text


def _mask_email(found: re.Match[str]) -> str:
    if found.group(1) == "git" or found.group(3).lower() in _NO_DOMAIN:
        return found.group(0)
    return EMAIL


def _mask_home(found: re.Match[str]) -> str:
    return found.group(0) if found.group(2).lower() in _NO_USERS else found.group(1) + USER


def _mask_called(found: re.Match[str]) -> str:
    digits = sum(map(str.isdigit, found.group(2)))
    if _DATE.match(found.group(2)):
        return found.group(0)
    return found.group(1) + PHONE if 7 <= digits <= _MAX_DIGITS else found.group(0)


def _mask_international(found: re.Match[str]) -> str:
    import phonenumbers

    text = found.group(0)
    digits = re.sub(r"\D", "", text)
    plus = "+" in text
    number = "+" + (digits if plus else digits.removeprefix("00"))
    if not _MIN_DIGITS <= len(number) - 1 <= _MAX_DIGITS:
        return text
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return text
    # Numbers for films and examples are possible but not valid; with a plus sign they are meant as numbers.
    known = phonenumbers.is_possible_number(parsed) if plus else phonenumbers.is_valid_number(parsed)
    return PHONE if known else text


def _mask_ipv4(found: re.Match[str]) -> str:
    text = found.group(1)
    try:
        address = ipaddress.IPv4Address(text)
    except ValueError:
        return text
    if text in _RESOLVERS or not (address.is_global or _is_documentation(address)):
        return text
    before = found.string[max(0, found.start() - _CONTEXT) : found.start()]
    if _ADDRESS_BEFORE.search(before) or _PORT.match(found.string, found.end()):
        return IP
    if _VERSION_BEFORE.search(before):
        return text
    return IP if max(map(int, text.split("."))) > _VERSION_PART else text


def _is_documentation(address: ipaddress.IPv4Address) -> bool:
    """RFC 5737: people write these when they hide their own, so masking them costs nothing."""
    return any(address in network for network in _DOCUMENTATION)


_DOCUMENTATION = tuple(
    ipaddress.IPv4Network(f"{network}/24") for network in ("192.0.2.0", "198.51.100.0", "203.0.113.0")
)


def _mask_ipv6(found: re.Match[str]) -> str:
    try:
        address = ipaddress.IPv6Address(found.group(1))
    except ValueError:
        return found.group(0)
    return IP if address.is_global or found.group(1).lower().startswith("2001:db8") else found.group(0)
