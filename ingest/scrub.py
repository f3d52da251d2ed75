"""What may be stored of a text: no names, no addresses, no secrets; code and logs as they are."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from threadlore.incoming import KnownName
from threadlore.ingest.names import NameBook
from threadlore.ingest.naming import replace_names
from threadlore.ingest.personal import mask_personal
from threadlore.ingest.pseudonym import load_key, platform_of, pseudonym
from threadlore.ingest.secret_patterns import mask_secrets

_DIGEST_BYTES = 12
_RAW_MENTION = re.compile(r"<@!?(\d{1,20})>")


@dataclass(frozen=True)
class Scrubber:
    """Masks secrets and names, with the key of one data folder."""

    key: bytes

    def __repr__(self) -> str:
        return "Scrubber(key=...)"

    @classmethod
    def for_folder(cls, folder: Path) -> Scrubber:
        """Return the scrubber of a data folder; its key is made when there is none.

        Raises:
            StoreDamaged: the key file holds no key.
        """
        return cls(load_key(folder))

    def pseudonym(self, source: str, native_id: str) -> str:
        """Return the pseudonym of a person, the same in every source of a platform."""
        return pseudonym(self.key, source, native_id)

    def raw_mentions(self, source: str, text: str) -> str:
        """Return `text` with raw mentions such as `<@123>` as `@` and the pseudonym."""
        if "<@" not in text:
            return text
        return _RAW_MENTION.sub(lambda found: "@" + self.pseudonym(source, found.group(1)), text)

    def names(self, source: str, stored: Iterable[KnownName] = ()) -> NameBook:
        """Return the names of the people of a source's platform, with those that earlier runs met."""
        platform = platform_of(source)

        def digest(name: str) -> str:
            text = f"{platform}\0{name}".encode("utf-8", errors="replace")
            return hashlib.blake2b(text, key=self.key, digest_size=_DIGEST_BYTES, person=b"name").hexdigest()

        def nobody(name: str) -> str:
            return self.pseudonym(source, name)

        return NameBook(digest, nobody, {known.digest: known for known in stored})

    def clean(self, text: str, names: NameBook | None = None) -> str:
        """Return `text` with secrets and personal data masked, and people as pseudonyms.

        Args:
            text: Raw text of a message or title.
            names: Who is known by name; None where no people are looked for, as in an address.
        """
        named = text if names is None else replace_names(text, names)
        return mask_personal(mask_secrets(named))
