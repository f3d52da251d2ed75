"""Secrets in text: keys and tokens by their published forms, passwords by where they stand.

detect-secrets was looked at and not taken: its last release is of 2024, it scans files into a baseline
rather than masking text, and its keyword plugin fires on code that only passes a variable on.
"""

from __future__ import annotations

import re

SECRET = "[secret]"  # noqa: S105
PASSWORD = "[password]"  # noqa: S105
PRIVATE_KEY = "[private key]"
INVITE = "[invite]"

_PRIVATE_KEY = re.compile(
    r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----.*?"
    r"(?:-----END (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----|\Z)",
    re.DOTALL,
)
_TOKENS = re.compile(
    r"(?<![A-Za-z0-9_])(?:"
    r"sk-(?:proj|svcacct|admin|ant|or|lf|live|test)-[A-Za-z0-9_-]{16,}"  # OpenAI, Anthropic, OpenRouter
    r"|sk-(?=[A-Za-z]*\d)[A-Za-z0-9]{20,}"
    r"|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,}"
    r"|(?:AKIA|ASIA|AGPA|AIDA|AROA|ANPA)[A-Z0-9]{16}(?![A-Za-z0-9])"
    r"|xox[abeoprs]-[A-Za-z0-9-]{10,}|xapp-\d-[A-Za-z0-9-]{10,}"
    r"|[MNO][A-Za-z0-9_-]{22,27}\.[A-Za-z0-9_-]{6,7}\.[A-Za-z0-9_-]{27,}"  # Discord bots
    r"|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.?[A-Za-z0-9_-]*"  # JSON web tokens, RFC 7519
    r"|AIza[A-Za-z0-9_-]{30,}|ya29\.[A-Za-z0-9_-]{20,}|GOCSPX-[A-Za-z0-9_-]{20,}"
    r"|hf_[A-Za-z0-9]{20,}|npm_[A-Za-z0-9]{30,}|pypi-[A-Za-z0-9_-]{40,}|dckr_pat_[A-Za-z0-9_-]{20,}"
    r"|[rs]k_(?:live|test)_[A-Za-z0-9]{10,}|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"
    r"|\d{8,10}:AA[A-Za-z0-9_-]{30,}"  # Telegram bots
    r"|(?:gsk_|pplx-|r8_|pcsk_|nvapi-|xai-|vercel_|dop_v1_|sbp_|shp(?:at|ss|ca|pa)_|tvly-|lsv2_(?:pt|sk)_)"
    r"(?=[A-Za-z_-]{0,40}\d)[A-Za-z0-9_-]{20,}"
    r"|db_[0-9a-f]{8,}:[^\s\"'`,;]{6,}"  # Zilliz Cloud user and password
    r")"
)
_BEARER = re.compile(
    r"\b((?:Bearer|Basic|authorization[\"']?\s?[:=]\s?[\"']?Token)\s+)(?=[^\s\"'`]*\d)"
    r"[A-Za-z0-9._~+/:-]{12,}=*",
    re.IGNORECASE,
)
_WEBHOOK = re.compile(
    r"((?:discord(?:app)?\.com/api(?:/v\d+)?/webhooks/|hooks\.slack\.com/(?:services|workflows)/|"
    r"api\.telegram\.org/bot|outlook\.office\.com/webhook/|webhook\.office\.com/webhookb2/)[^\s\"'`<>)]{0,12}?)[^\s\"'`<>)/]*(?:/[^\s\"'`<>)]*)?"
)
_INVITE = re.compile(r"((?:discord\.gg|discord(?:app)?\.com/invite)/)[A-Za-z0-9-]{2,}", re.IGNORECASE)
_CREDENTIALS_IN_URL = re.compile(
    r"(\b[a-z][a-z0-9+.-]{1,20}://[^\s:/@\"'`<>]{0,64}:)([^\s/@\"'`<>]{1,128})(?=@)", re.I
)
_QUERY = re.compile(
    r"([?&](?:access_token|token|sig|signature|key|api_?key|auth|password|pwd|secret|X-Amz-Signature|"
    r"X-Amz-Credential|X-Amz-Security-Token)=)([^\s&\"'`<>)#]{6,})",
    re.IGNORECASE,
)
_KEY_WORDS = (
    r"(?:password|passwd|passphrase|passwort|\bpass|pwd|secret|"
    r"(?:secret|access|private|account|encryption|auth)[ _-]?(?:access[ _-]?)?"
    r"key(?:[ _-]?id)?|api[ _-]?key|apikey|token|auth[_-]?token|client[_-]?secret|密码)"
)
_ASSIGNED = re.compile(
    rf"(?P<key>(?<![A-Za-z0-9])[\w.-]{{0,40}}?{_KEY_WORDS})(?P<sep>[\"']?(?:\]|\))?\s{{0,3}}(?::=|=>|=|:|：)\s{{0,3}})"
    r"(?P<value>(?P<quote>[\"'`])(?P<quoted>(?:(?!(?P=quote))[^\n]){1,256})(?P=quote)|[^\s\"'`,;)}\]]{1,256})",
    re.IGNORECASE,
)
_OPTION = re.compile(
    r"(?P<key>(?:^|\s)--?(?:[\w-]{0,20}(?:password|passwd|token|secret|api-?key|secret-?key)|requirepass))"
    r"(?P<sep>\s+)(?P<value>[^\s\"'`,;)-][^\s\"'`,;)]{3,})",
    re.IGNORECASE,
)
_CURL_USER = re.compile(
    r"(\bcurl\b[^\n]{0,200}?\s(?:-u|--user)[ =]?[\"']?[^\s:\"'`]{1,64}:)([^\s\"'`]{1,128})", re.IGNORECASE
)
_COMMAND = re.compile(
    r"(\b(?:mysql|mysqldump|mariadb)\b[^\n|;]{0,120}?\s-p|\bsshpass\s+-p\s*[\"']?|"
    r"\bredis-cli\b[^\n|;]{0,120}?\s-a\s+[\"']?|\bdocker login\b[^\n|;]{0,120}?\s-p\s+[\"']?)"
    r"([^\s\"'`<$-][^\s\"'`]{3,127})"
)
_SAID = re.compile(
    r"(?P<key>\b(?:password|passwd|passphrase|pwd|api key|secret key|token)\s{1,2}(?:is|was|to|=)\s{1,2}"
    r"[\"'`]?)(?P<value>[^\s\"'`]{6,})",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(
    r"^(?:[<\[{$%*#].*|x{3,}|\.{3,}|\*+|-+|your.*|my.*|some.*|the|a|an|null|none|nil|true|false|undefined|empty|"
    r"string|str|bytes|optional.*|required|int|any|bool|changeme.*|placeholder|redacted|hidden|example|default|"
    r"password|passwd|pwd|token|secret|apikey|api_key|key|minioadmin|root|admin|guest|postgres|milvus|"
    r"root:milvus|user:password|username:password|test|n/a|not|no|yes|is|was|for|and|or|in|on|to|of|with)$",
    re.IGNORECASE,
)
"""Values that are no secret: placeholders, types, filler words and documented defaults."""
_EXPRESSION = re.compile(
    r"[(\[{].*|^(?:os|env|self|args|config|settings|process|params|options|request|this)\b[.\[]"
)
_PAIR = re.compile(r"^(?:[A-Za-z_]\w*=[\w.]+|&[\w.]+;|\[(?:secret|password)\].*)$")
_IDENTIFIER = re.compile(r"^[A-Za-z][A-Za-z_.\-/]*$")


def mask_secrets(text: str) -> str:
    """Return `text` with keys, tokens, passwords and secret links masked; twice is the same as once."""
    if "PRIVATE KEY" in text:
        text = _PRIVATE_KEY.sub(PRIVATE_KEY, text)
    text = _TOKENS.sub(SECRET, text)
    lowered = text.lower()
    if "://" in text:
        text = _CREDENTIALS_IN_URL.sub(_mask_url, text)
    if "discord" in lowered or "hooks." in lowered or "webhook" in lowered or "telegram" in lowered:
        text = _INVITE.sub(rf"\1{INVITE}", text)
        text = _WEBHOOK.sub(rf"\1{SECRET}", text)
    if "curl" in lowered:
        text = _CURL_USER.sub(_mask_url, text)
    if "=" in text and ("?" in text or "&" in text):
        text = _QUERY.sub(rf"\1{SECRET}", text)
    if any(word in lowered for word in ("mysql", "mariadb", "sshpass", "redis-cli", "docker login")):
        text = _COMMAND.sub(_mask_url, text)
    if any(word in lowered for word in ("bearer", "basic", "authorization")):
        text = _BEARER.sub(rf"\1{SECRET}", text)
    if any(word in lowered for word in ("pass", "pwd", "secret", "key", "token", "密码")):
        text = _ASSIGNED.sub(_mask_assigned, text)
        text = _OPTION.sub(_mask_option, text)
        text = _SAID.sub(_mask_said, text)
    return text


def _mask_url(found: re.Match[str]) -> str:
    return found.group(0) if _PLACEHOLDER.match(found.group(2)) else found.group(1) + PASSWORD


def _mask_assigned(found: re.Match[str]) -> str:
    quoted = found.group("quoted")
    value = quoted if quoted is not None else found.group("value")
    if not _is_secret(found.group("key"), found.group("sep"), value, quoted=quoted is not None):
        return found.group(0)
    mark = _mark(found.group("key"))
    return (
        found.group("key")
        + found.group("sep")
        + (f"{found.group('quote')}{mark}{found.group('quote')}" if quoted is not None else mark)
    )


def _mask_option(found: re.Match[str]) -> str:
    value = found.group("value")
    if _PLACEHOLDER.match(value) or _EXPRESSION.search(value):
        return found.group(0)
    return found.group("key") + found.group("sep") + _mark(found.group("key"))


def _mask_said(found: re.Match[str]) -> str:
    value = found.group("value").rstrip(".,;!?)")
    if not _looks_made(value) or _PLACEHOLDER.match(value) or _EXPRESSION.search(value):
        return found.group(0)
    return found.group("key") + _mark(found.group("key")) + found.group("value")[len(value) :]


def _mark(key: str) -> str:
    lowered = key.lower()
    return PASSWORD if "pass" in lowered or "pwd" in lowered or "密码" in lowered else SECRET


def _is_secret(key: str, separator: str, value: str, *, quoted: bool) -> bool:
    if len(value) < 4 or _PLACEHOLDER.match(value) or value.startswith(("[secret", "[password")):
        return False
    is_password = _mark(key) == PASSWORD
    if quoted:
        return (
            is_password
            or _looks_made(value)
            or (len(value) >= 16 and " " not in value and not _PAIR.match(value))
        )
    if _EXPRESSION.search(value) or value.endswith(":"):
        return False
    if value.isdigit():
        return is_password and len(value) >= 4
    if _IDENTIFIER.match(value):
        # Letters alone are a variable that is passed on, unless a password stands in a configuration.
        return is_password and "=" in separator and key.isupper()
    return _looks_made(value)


def _looks_made(value: str) -> bool:
    """Tell whether a value looks like a password or key rather than like a word or a number."""
    if len(value) < 6 or "://" in value or _PAIR.match(value):
        return False
    has_digit = any(map(str.isdigit, value))
    has_letter = any(map(str.isalpha, value))
    if has_digit and has_letter:
        return True
    return has_letter and any(character in "!@#$%^&*+?~" for character in value[:-1])
