"""YAML read with its line numbers: every fault is noted, and reading goes on with the next field."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import yaml

MAX_BYTES = 5 * 1024 * 1024


@dataclass(frozen=True, order=True)
class Fault:
    """What is wrong in a file, and where. Lines count from 1."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


@dataclass
class Reader:
    """Reads nodes of one file; what is wrong lies in `faults` afterwards."""

    file: str
    faults: list[Fault] = field(default_factory=list)

    def fault(self, at: Any, text: str) -> None:
        """Note what is wrong at a node, or at a line."""
        line = at if isinstance(at, int) else at.start_mark.line + 1
        self.faults.append(Fault(self.file, line, text))

    def parse(self, content: bytes) -> Any:
        """The root node; None when it is no YAML."""
        if len(content) > MAX_BYTES:
            return self.fault(1, f"the file has more than {MAX_BYTES:,} bytes 文件过大")
        try:
            root = yaml.compose(content.decode("utf-8"), Loader=yaml.SafeLoader)
        except UnicodeDecodeError:
            return self.fault(1, "the file is not UTF-8 文件不是 UTF-8 编码")
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            return self.fault(mark.line + 1 if mark else 1, f"not YAML: {error.problem} 格式错误")
        if root is None:
            self.fault(1, "the file is empty 文件为空")
        return root

    def mapping(self, node: Any, required: Collection[str], optional: Collection[str] = ()) -> dict[str, Any]:
        """The values of a mapping by name; names that are missing, unknown or doubled are faults."""
        if not isinstance(node, yaml.MappingNode):
            self.fault(node, f"a mapping with {', '.join(required)} is expected 此处应为键值")
            return {}
        found: dict[str, Any] = {}
        for key, value in node.value:
            name = str(key.value)
            if name in found:
                self.fault(key, f"{name} stands here twice 重复")
            elif name not in required and name not in optional:
                self.fault(key, f"{name} is not known here 未知字段")
            else:
                found[name] = value
        for name in required:
            if name not in found:
                self.fault(node, f"{name} is missing 缺少字段")
        return found

    def items(self, node: Any, what: str, *, least: int = 0, most: int = 10_000) -> list[Any]:
        """The nodes of a list; [] when there is none."""
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode):
            self.fault(node, f"a list of {what} is expected 此处应为列表")
            return []
        found = list(node.value)
        if not least <= len(found) <= most:
            self.fault(node, f"{least} to {most} {what} are expected, not {len(found)} 数量不符")
        return found

    def text(self, node: Any, most: int = 200, default: str = "") -> str:
        """A scalar as it is written: `yes` and `1.0` stay text."""
        if node is None:
            return default
        if not isinstance(node, yaml.ScalarNode):
            self.fault(node, "text is expected 此处应为文字")
            return default
        value = str(node.value).strip()
        if not 1 <= len(value) <= most:
            self.fault(node, f"1 to {most} characters are expected, not {len(value)} 长度不符")
        return value

    def one_of(self, node: Any, words: Collection[str], default: str) -> str:
        """One of these words."""
        value = self.text(node, default=default)
        if value not in words:
            self.fault(node, f"{value!r} is none of {', '.join(words)} 取值无效")
            return default
        return value
