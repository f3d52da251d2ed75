"""Which words may stand in a FAQ: clean questions, and sentences that answer something."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache
from itertools import pairwise

from threadlore.agents.drafting.hosts import URL, links_allowed

KNOWN_WORDS = 16_384
"""Words whose stems are kept: a forum says the same ones again and again."""

_TAG = re.compile(r"^(?:\s*[\[【(][^\]】)]{1,30}[\]】)]\s*:?\s*)+")
_GREETING = re.compile(
    r"^(?:(?:hi+|hello|hey|hiya|howdy|dear|greetings|good (?:morning|evening|afternoon|day)|yo)\b"
    r"(?:\s+(?:all|everyone|everybody|guys|folks|there|team|friends|@?\w+))?\s*[,.!:)\-–]+\s*"
    r"|(?:你好|您好|大家好|请问(?:一下)?|こんにちは)[,，。!！\s]*)+",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"^(?:(?:so(?=\s*,)|ok|okay|well(?=\s*,)|um|uh|hmm+|btw"
    r"|(?:just |perhaps |maybe )?(?:an? |one |another )?(?:more |quick |silly |dumb |noob |stupid )*question"
    r"(?: though| for you)?|thank(?:s| you) for (?:the|your|this|that) [\w ]{1,30}[,.]? but"
    r"|do you (?:perhaps |maybe |guys )?have (?:some|any) (?:pointers|ideas?|tips|advice)(?: here)?"
    r"(?: in terms of| on| about| for)?(?= how\b)"
    r"|i'?m (?:just )?curious(?=\s*,)"
    r"|just wondering|i was wondering"
    r"|anyone knows?|does anyone know|anybody know|can (?:someone|anyone"
    r"|somebody) (?:please )?(?:tell me|explain|help me understand)"
    r"|could you (?:please )?tell me|please tell me|i(?:'d| would) like to (?:know|ask)|may i ask"
    r"|i want to (?:know|ask)"
    r"|sorry)\b[\s,:!.\-–]*)+",
    re.IGNORECASE,
)
_INDIRECT = re.compile(
    r"(?:if|whether|(?:how|what|when|where|why) (?:an?|my|our|the|these|this|those))\b", re.I
)
_UNTURNED = re.compile(
    r"^(how|when|where|why) (i|we|you) (can|could|must|should|will|would)\b", re.IGNORECASE
)
_THANKS_TAIL = re.compile(
    r"[\s,.!\-–]*(?:(?:many |a lot of )?thanks?(?: you)?(?: so much| a lot| in advance| for (?:your"
    r"|any) help)*|thx|ty|cheers"
    r"|pls help|please help(?: me)?|any (?:help|ideas?|advice)(?: (?:is"
    r"|would be) (?:much )?appreciated)?|谢谢)[\s!.:)\U0001f600-\U0001f64f]*$",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"^(?:how|what|which|why|when|where|who|whose|can|could|does|do|did|is|are|was|were|will|would"
    r"|should|may|has|have|am"
    r"|any)\b|(?:吗|呢|么|嗎|か|까)\W*$|(?:如何|怎么|怎样|为什么|什么|哪|是否|どう|なぜ|何)",
    re.IGNORECASE,
)
_DANGLING = re.compile(
    r"^(?:it|its|this|that|these|those|they|he|she|and|or|but|also|then|same|which is|because|else"
    r"|otherwise|there)\b",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(
    r"\b(?:this|these|those)\b(?! (?:error|warning|message|exception|week|month|year|time|way)\b)"
    r"|^(?:(?:so|and|or|but|also|then) )?(?:do|does|did|will|would|can|could|should|is|are|was|has|have)"
    r"(?:n't)? (?:it|that|they|he|she)\b"
    r"(?! (?:\w+ )?(?:possible|common|normal|okay?|safe|necessary|better|worth|recommended|required|true"
    r"|make sense|feasible|enough)\b)"
    r"|\byour\b|\byou guys\b"
    r"|^(?:could|would|can|will) you (?:\w+ )?(?:push|pull|link|share|send|post|add|try|check|tell|explain"
    r"|show|build|test|make|merge|update|upload|release|help|please)\b",
    re.IGNORECASE,
)
_OPEN_END = re.compile(r"\b(?:and|or|the|an?|my|not to|if|than|i can see)\W*$", re.IGNORECASE)
_PROBLEM = re.compile(
    r"\b(?:not|no|never|cannot|can'?t|\w+n't|fail\w*|errors?|slow\w*|problems?|issues?|crash\w*|stuck|lost|lose"
    r"|wrong|unable|hangs?|broken|missing|need|want|trying)\b",
    re.IGNORECASE,
)
_CLAUSE_END = re.compile(r"[,.;:?!。，？！]|\s(?:and|but|because|when|while|after|since|if)\s", re.IGNORECASE)
_HOSTILE = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b.{0,40}\b(?:instructions?|prompts?|rules?|guidelines?"
    r"|above)\b"
    r"|\b(?:system|developer) prompt\b|\byou are (?:now )?(?:an? )?(?:ai|chatgpt|gpt|assistant"
    r"|language model|llm|bot)\b"
    r"|\bas an? (?:ai|language model)\b"
    r"|\b(?:note|message|instructions?|attention)\b.{0,12}\b(?:ai|llms?|chatbots?"
    r"|(?:ai|language) (?:assistants?|models?))\b.{0,12}:"
    r"|\b(?:approve|publish|accept|mark|pin)\b.{0,30}\b(?:entry|faq"
    r"|answer as|as (?:approved|solved|official))\b"
    r"|\b(?:reviewers?|moderators?|maintainers?|admins?)\b.{0,30}\b(?:must|should"
    r"|please)\b.{0,20}\b(?:approve|accept|publish)\b"
    r"|\bdo not (?:tell|mention|reveal)\b|忽略.{0,12}(?:指令|提示|规则)|無視",
    re.IGNORECASE | re.DOTALL,
)
_ACTIVE = re.compile(
    r"@(?:everyone|here)\b|<[@#!&/a-zA-Z][^>]*>|!\[|\[\d{1,3}\]|javascript:|data:\w+/"
    r"|[\u200b-\u200f\u202a-\u202e\u2066-\u2069]"
)
_LOG = re.compile(
    r"\d{2}:\d{2}:\d{2}[.,:\]]|\d{4}[/-]\d{2}[/-]\d{2}[T ]\d{2}:\d{2}|\[(?:info|warn|warning|error"
    r"|debug|fatal)\]"
    r"|\b(?:INFO|WARN|WARNING|ERROR|DEBUG|FATAL|panic)\b[:\]|\s]|traceback \(most recent"
    r"|^\s*(?:File \"|at [\w.$]+\(|goroutine \d)"
    r"|stack trace|0x[0-9a-f]{6,}|caller=|level=\w+|exit(?:ed)? (?:code|status)\s*[:=]? ?\d",
    re.IGNORECASE | re.MULTILINE,
)
_CHAT = re.compile(
    r"^(?:thanks?|thank you|thx|ty|tysm|cheers|np|no problem|you'?re welcome|welcome|cool|nice|great"
    r"|awesome|perfect|lol|haha|yep|yeah"
    r"|yes|no|ok(?:ay)?|sure|right|indeed|exactly|same here|same (?:issue|problem|question)|me too"
    r"|\+1|bump|any (?:update|news|idea)"
    r"|good (?:point|question|luck|to know)|sorry|my bad|i see|got it|makes sense|hope (?:this|that"
    r"|it) helps?|glad|let me know|happy to)"
    r"\b[^.:]{0,40}[.!]*$"
    r"|\b(?:same (?:issue|problem|error|question|here)|me too|\+1 (?:on|to|for)|following this"
    r"|up ?vote|following\.?$)\b",
    re.IGNORECASE,
)
_ASKS_BACK = re.compile(
    r"\b(?:please|pls|plz|could you|can you|would you|can u|could u|mind)\b.{0,25}\b(?:share|provide"
    r"|upload|attach|post|send|paste|show"
    r"|tell|describe|open an? (?:issue|ticket)|file an? (?:issue|bug)|elaborate|clarify|confirm"
    r"|let (?:me|us) know|give (?:me|us)|dm)\b"
    r"|\b(?:which|what) (?:version|index|sdk|deployment) (?:are|do|did|is)\b|^(?:did|have|are|do) you\b"
    r"|^(?:what|how|why|which|where|when|who) (?:are|is|do|did|does|were|have|would|can) (?:you|u)\b"
    r"|^(?:\w+, )?(?:should|could|would|can|does|do|did|is|are|was|were|will|has)"
    r" (?:the|it|there|we|they|this|that)\b"
    r"|\b(?:i'?ll|i will|we'?ll|we will|let me|i'?m going to|gonna) (?:check|look|take a look|try"
    r"|test|investigate|get back|see|ask|report)\b"
    r"|\b(?:let me know|keep (?:me|us|you) posted|stay tuned|i'?m not sure|not sure (?:if|why|what"
    r"|how)|no idea|i don'?t know|i have no)\b",
    re.IGNORECASE,
)
_MENTION = re.compile(r"^(?:@?u_[0-9a-f]+|@[\w.\-]+|<@[!&]?\w+>)[\s,:;\-–]+")
_OPENER = re.compile(
    r"^(?:(?:hi|hello|hey|yes|yeah|yep|no|nope|ok|okay|sure|ah|oh|hmm+|right|btw|indeed|sorry|thanks"
    r"|fyi)\b[\s,!.:;\-–]+"
    r"|(?:well|so|actually|basically|and|but)\s*[,!.:;\-–]+\s*"
    r"|(?:and|ya|yea|yeah|yep|oh|so(?! (?:far|that|much|many|long|called)\b)) )+",
    re.IGNORECASE,
)
_TAIL = re.compile(r"[\s\U0001f300-\U0001faff\u2600-\u27bf\ufe0f]+$|\s+[:;][-']?[)(DPp/]+$")
_PERISHABLE = re.compile(
    r"@u_[0-9a-f]+|\.\.$|\b(?:shortly|stay tuned|send (?:you )?(?:an? )?(?:dm|pm)|(?:dm|pm) me"
    r"|tonight|tomorrow|yesterday"
    r"|this (?:week(?:end)?|morning|evening)|last (?:night|week)|more days|love (?:the|this|it)|rn"
    r"|imo|imho|lol|haha"
    r"|working on (?:it|this|that)|still investigating|will (?:look|track|try|check))\b",
    re.IGNORECASE,
)
_OWN_TALK = re.compile(
    r"^(?:i|i'?m|i'?ve|i'?d|i'?ll|we|we'?re|we'?ve|we'?ll|my|our)\b"
    r"(?!.*\b(?:fixed|solved|resolved|worked|works|had to|have to|need(?:ed)? to|recommend|suggest"
    r"|support)\b)",
    re.IGNORECASE,
)
_SOLVES = re.compile(
    r"\b(?:fix(?:ed|es)?|solv(?:ed|es)|work(?:s|ed)|resolved|workaround|solution|instead|need(?:s"
    r"|ed)? to|have to|has to|must|should"
    r"|try|use|using|set|run|add|remove|install|upgrade|downgrade|change|check|make sure|enable"
    r"|disable|increase|decrease|restart"
    r"|reboot|configure|because|supports?|supported|requires?|by default|since|only|possible"
    r"|recommend(?:ed)?|you can|can be|available|press"
    r"|flash|update|select|create|delete|call|pass)\b|(?:需要|可以|使用|设置|支持|因为|建议|です|ます)",
    re.IGNORECASE,
)
_FIRST_PERSON = re.compile(r"\b(?:i|i'm|i've|i'd|i'll|my|we|our|im|ive)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def clean_question(text: str) -> str:
    """Return a question without tags, greetings and thanks, beginning with a capital.

    >>> clean_question("hi all, how do i upgrade milvus? thanks!")
    'How do I upgrade milvus?'
    >>> clean_question("[Bug]: No etcd connection")
    'No etcd connection'
    """
    clean = " ".join(text.split())
    clean = _TAG.sub("", clean) or clean
    clean = _GREETING.sub("", clean) or clean
    clean = _MENTION.sub("", clean) or clean
    clean = _without_lead(clean)
    clean = _THANKS_TAIL.sub("", clean) or clean
    clean = re.sub(r"\bi\b(?=\s|')", "I", clean).strip(" ,;:-–")
    if _ASKS.search(clean) and not clean.endswith(("?", "？", "か", "。")):
        clean = clean.rstrip(".!") + "?"
    clean = re.sub(r"([?？!])[?？!]+$", r"\1", clean)
    return _capital(clean)


def _without_lead(question: str) -> str:
    """Return a question without what leads in, unless what is left is none that could be turned into one.

    >>> clean_question("does anyone know if it runs?"), clean_question("anybody know where i can find it?")
    ('Does anyone know if it runs?', 'Where can I find it?')
    """
    rest = _LEAD.sub("", question) or question
    if rest != question and _INDIRECT.match(rest):
        return question
    return _UNTURNED.sub(r"\1 \3 \2", rest)


def wordings_of(text: str) -> list[str]:
    """Return the wordings that a question holds: `title: what is asked` is the whole and both parts.

    >>> wordings_of("Attu on my laptop: How do I reach Milvus from Attu?")[1:]
    ['How do I reach Milvus from Attu?', 'Attu on my laptop']
    """
    whole = clean_question(text)
    head, colon, tail = whole.partition(": ")
    if not colon:
        return [whole]
    parts = [clean_question(tail), clean_question(head)]
    return [whole, *(part for part in parts if len(_WORD.findall(part)) >= 3 or _WIDE.search(part))]


def script_of(text: str) -> str:
    """Return what the script alone tells of the language: ja, ko, zh or nothing."""
    if text.isascii():
        return ""
    if re.search(r"[\u3040-\u30ff]", text):
        return "ja"
    if re.search(r"[\uac00-\ud7af]", text):
        return "ko"
    return "zh" if len(re.findall(r"[\u3400-\u9fff]", text)) >= 3 else ""


def question_form(text: str) -> float:
    """Return how well a cleaned question stands alone, from 0 (not at all) to 1.

    >>> question_form("How do I upgrade Milvus from 2.4 to 2.6?") > question_form("it does not work")
    True
    """
    wide = len(_WIDE.findall(text))
    length = len(text) + wide
    if length < 12 or is_hostile(text) or _ACTIVE.search(text) or URL.search(text) or is_log(text):
        return 0.0
    asks = bool(_ASKS.search(text)) or text.endswith(("?", "？"))
    form = 0.4 + 0.4 * bool(_ASKS.search(text)) + 0.2 * text.endswith(("?", "？"))
    if not asks and _FIRST_PERSON.search(text):
        form -= 0.3
    if _DANGLING.match(text):
        form -= 0.3
    if length > 140:
        form -= min(0.6, (length - 140) / 200)
    if len(_WORD.findall(text)) < 4 and not wide:
        form -= 0.3
    if _FIRST_PERSON.search(text) and length > 90:
        form -= 0.1
    if ": " in text:
        form -= 0.45
    if points_elsewhere(text):
        form -= 0.4
    return max(0.05, form)


def points_elsewhere(text: str) -> bool:
    """Return whether a question speaks of something said before it or of who is asked, or breaks off.

    >>> points_elsewhere("Do we need custom firmware for this?"), points_elsewhere("Is it safe to upgrade?")
    (True, False)
    """
    first = next((clause for clause in _CLAUSE_END.split(text) if len(_WORD.findall(clause)) >= 3), text)
    return bool(_ELSEWHERE.search(first.strip()) or _OPEN_END.search(text))


def tells(text: str) -> bool:
    """Return whether a wording is a sentence of prose that neither asks nor states a problem.

    >>> tells("Someone has made a patcher."), tells("The build fails."), tells("Milvus on ARM")
    (True, False, False)
    """
    return text.endswith((".", "…")) and not asks_or_reports(text)


def asks_or_reports(text: str) -> bool:
    """Return whether a wording asks or states a problem or a need, rather than naming a matter."""
    return bool(_ASKS.search(text) or _PROBLEM.search(text) or text.endswith(("?", "？")))


def is_hostile(text: str) -> bool:
    """Return whether `text` speaks to a model or a reviewer instead of to a person who asks."""
    return bool(_HOSTILE.search(text))


def is_log(text: str) -> bool:
    """Return whether `text` is output of a program: a log, a trace, mostly signs."""
    if _LOG.search(text):
        return True
    letters = sum(map(str.isalpha, text)) + sum(map(str.isspace, text))
    return letters < 0.6 * len(text) or any(len(word) > 60 and not URL.match(word) for word in text.split())


def core_of(sentence: str) -> str:
    """Return `sentence` without the mention and the small word it opens with: still letter for letter.

    >>> core_of("@bob yes, you need to restart it.")
    'you need to restart it.'
    """
    clean = _TAIL.sub("", _MENTION.sub("", sentence))
    return _OPENER.sub("", clean) if len(_OPENER.sub("", clean)) >= 20 else clean


def answers_something(sentence: str, allowed_hosts: Collection[str], *, introduces: bool = False) -> bool:
    """Return whether a sentence of a thread may stand in an answer.

    Greetings, thanks, "me too", questions back, promises, logs, fragments, instructions to models or
    reviewers, markup that could act, and links to hosts outside `allowed_hosts` may not. One that
    `introduces` the code behind it may end in a colon.
    """
    wide = len(_WIDE.findall(sentence))
    if not 20 <= len(sentence) + wide <= 420 or (len(_WORD.findall(sentence)) < 4 and wide < 8):
        return False
    end = sentence.rstrip()[-1:]
    broken = end in ("?", "？", "…", ",") or sentence.endswith("...") or (end in ":：" and not introduces)
    if broken or sentence.startswith((">", "|", "#")):
        return False
    if is_hostile(sentence) or _ACTIVE.search(sentence) or is_log(sentence):
        return False
    if _CHAT.search(sentence) or _ASKS_BACK.search(sentence):
        return False
    if _PERISHABLE.search(sentence) or _OWN_TALK.search(sentence):
        return False
    return links_allowed(sentence, allowed_hosts)


def solving_form(sentence: str) -> float:
    """Return how much a sentence reads like advice that stands alone, about -0.4 to 0.3."""
    form = 0.15 * bool(_SOLVES.search(sentence))
    form += 0.1 * bool(re.search(r"`[^`]+`|\b\w+_\w+|--\w|\d", sentence))
    form -= 0.12 * bool(_DANGLING.match(sentence))
    form -= 0.12 * bool(_FIRST_PERSON.search(sentence))
    return form - 0.1 * (len(sentence) < 35)


def as_sentence(quote: str) -> str:
    """Return a quote as a sentence of an answer: a capital first, a full stop last.

    >>> as_sentence("use HNSW with ef 64")
    'Use HNSW with ef 64.'
    """
    text = _capital(re.sub(r"\bi\b(?=\s|')", "I", quote))
    if text.endswith((".", "!", "。", "！", "?", ":", "`", ")")):
        return text
    return text + ("。" if script_of(text) in ("ja", "zh") else ".")


def words_of(text: str) -> set[str]:
    """Return the content words of `text`, lower case, roughly stemmed; wide scripts as pairs of letters."""
    words = {
        _stem(word) for word in _WORD.findall(text.lower()) if word not in _STOP and not _WIDE.search(word)
    }
    wide = _WIDE.findall(text)
    return words | {first + second for first, second in pairwise(wide)}


def overlap(wanted: set[str], text: str) -> float:
    """Return the share of the words `wanted` that occur in `text`, 0 to 1."""
    return len(wanted & words_of(text)) / len(wanted) if wanted else 0.0


def _capital(text: str) -> str:
    first = text.split(" ", 1)[0]
    plain = first.isalpha() and first.islower() and first not in _COMMANDS
    return text[:1].upper() + text[1:] if plain else text


@lru_cache(maxsize=KNOWN_WORDS)
def _stem(word: str) -> str:
    for ending in ("ing", "ies", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


_COMMANDS = frozenset(
    re.findall(
        r"\w+",
        "apt apk attu brew birdwatcher cd chmod chown conda cp curl docker dnf export git go grep"
        " helm kubectl ls make minio mkdir mv npm npx oc pip podman psql pulsar pymilvus python rm scp ssh"
        " sudo tar uv wget yarn yum",
    )
)
_STOP = frozenset(
    re.findall(
        r"\w+",
        "a an and any are as at be been but by can could did do does for from get had has have how "
        "i if in into is it its just me my no not of on or our should so some than that the their "
        "them then there they this to too up use using was we were what when where which who why "
        "will with would you your ",
    )
)
