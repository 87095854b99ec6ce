"""A document as an editor holds it: UTF-16 code units, and positions as the Language Server Protocol counts them."""

LF, CR = 0x0A, 0x0D
REPLACEMENT = 0xFFFD


def units(text: str) -> list[int]:
    data = text.encode("utf-16-le", "surrogatepass")
    return [int.from_bytes(data[i : i + 2], "little") for i in range(0, len(data), 2)]


def text(of: list[int]) -> str:
    """The text; half a surrogate pair is no character, so U+FFFD, which is one code unit too, stands for it."""
    return b"".join(unit.to_bytes(2, "little") for unit in of).decode("utf-16-le", "replace")


def high(unit: int) -> bool:
    return 0xD800 <= unit < 0xDC00


def low(unit: int) -> bool:
    return 0xDC00 <= unit < 0xE000


class Document:
    """UTF-16 code units with an index of lines."""

    def __init__(self, content: str):
        self.units = units(content)
        self.version = 1
        self._index()

    def _index(self) -> None:
        self.starts = [0]
        for index, unit in enumerate(self.units):
            ends = unit == LF or (unit == CR and self.units[index + 1 : index + 2] != [LF])
            if ends:
                self.starts.append(index + 1)

    def text(self) -> str:
        return text(self.units)

    def position(self, offset: int) -> dict:
        """The position of a code unit; never between a CR and its LF."""
        line = next(i for i in reversed(range(len(self.starts))) if self.starts[i] <= offset)
        return {"line": line, "character": offset - self.starts[line]}

    def line_length(self, line: int) -> int:
        """Code units of a line without its end."""
        end = self.starts[line + 1] if line + 1 < len(self.starts) else len(self.units)
        while end > self.starts[line] and line + 1 < len(self.starts) and self.units[end - 1] in (LF, CR):
            end -= 1
        return end - self.starts[line]

    def offset(self, position: dict) -> int:
        return self.starts[position["line"]] + position["character"]

    def holds(self, position: dict) -> bool:
        """Whether a position is in the document, and not inside a character."""
        line, character = position["line"], position["character"]
        if not (0 <= line < len(self.starts) and 0 <= character <= self.line_length(line)):
            return False
        return not self.splits_pair(self.offset(position))

    def splits_line_end(self, offset: int) -> bool:
        return 0 < offset < len(self.units) and self.units[offset] == LF and self.units[offset - 1] == CR

    def whole_character(self, offset: int) -> int:
        """The offset, or the beginning of the character that it is inside of: what the server takes such a position for."""
        return offset - 1 if self.splits_pair(offset) else offset

    def splits_pair(self, offset: int) -> bool:
        return 0 < offset < len(self.units) and low(self.units[offset]) and high(self.units[offset - 1])

    def replace(self, start: int, end: int, by: str) -> dict:
        """Replaces code units; gives the change as it is sent, with positions inside characters as they are."""
        change = {"range": {"start": self.position(start), "end": self.position(end)}, "text": by}
        start, end = self.whole_character(start), self.whole_character(end)
        self.units = self.units[:start] + units(text(units(by))) + self.units[end:]
        self.version += 1
        self._index()
        return change

    def whole(self, content: str) -> dict:
        """Replaces everything by one change without a range."""
        self.units = units(content)
        self.version += 1
        self._index()
        return {"text": content}
