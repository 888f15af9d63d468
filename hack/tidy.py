#!/usr/bin/env python3
"""Checks the rules of the house that a compiler does not: who may include whom, sizes, headers,
dead files, forbidden words, formatting. Prints `file:line: what, and what to do`; exits 1 when
anything is wrong. Needs Python 3 only; clang-format-14 is used where it is installed.

  hack/tidy.py            check the whole repository
  hack/tidy.py --self-test  check this checker on small made-up sources
"""

import os
import re
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

MAX_COLUMNS = 100
MAX_FILE_LINES = 400
MAX_TEST_FILE_LINES = 600
MAX_FUNCTION_LINES = 70

SOURCE_FOLDERS = ("common", "client", "reset", "nameserver", "broker", "operator", "cli")
SKIPPED_FOLDERS = ("build", "target", ".git", ".cache", "__pycache__", "node_modules")
# Captured bytes and generated texts are not ours to format.
DATA_FOLDERS = ("tests/golden/", "tests/fuzz/corpus/")
CODE_SUFFIXES = (".cc", ".h", ".py", ".cmake", ".java", ".sh")

# The longest matching prefix decides what a file may include. Its own folder is always allowed.
ALLOWED = {
    "common/base": (),
    "common/protocol": ("common/base",),
    "common/remoting": ("common/base", "common/protocol"),
    "broker/store": ("common/base",),
    "operator/kube": ("common/base",),
    "client": ("common",),
    "reset": ("common", "client"),
    "nameserver": ("common", "client"),
    "broker": ("common", "client", "reset", "broker"),
    "operator": ("common", "client", "reset", "operator"),
    "cli": ("common", "client", "reset"),
    "tests": ("common", "client", "reset", "nameserver", "broker", "operator", "cli", "tests"),
}
INCLUDABLE = SOURCE_FOLDERS + ("tests",)
# common/protocol is pure: bytes in, bytes out.
IMPURE = re.compile(
    r"<(asio|sys/socket|netinet/|arpa/|sys/epoll|poll\.h|unistd\.h|thread>|mutex>|shared_mutex>|"
    r"condition_variable>|future>|atomic>|chrono>|ctime>|time\.h>|sys/time\.h>)|"
    r"\"common/base/(clock|file|log)\.h\"")
INCLUDE = re.compile(r'^\s*#\s*include\s+(["<][^">]+[">])')
# Written in pieces, so that this file may be checked too.
BANNED_WORDS = re.compile("|".join((
    r"\bTO" r"DO\b", r"\bFIX" r"ME\b", r"\bGTEST_" r"SKIP\b", r"@Dis" r"abled\b",
    r"pytest\." r"skip\b", r"pytest\.mark\." r"skip", r"\bDISABLED" r"_\w")))
MACHINE_PATH = re.compile(r"(?<![\w.$}\])/*-])/(?:wo" r"rk|ro" r"ot)/")


class Report:
    def __init__(self):
        self.lines = []

    def add(self, path, line, message):
        self.lines.append(f"{path}:{line}: {message}")


def list_files():
    """Paths that belong to the repository: tracked, or new and not ignored."""
    try:
        listing = subprocess.run(
            ["git", "-c", "safe.directory=*", "ls-files", "-co", "--exclude-standard", "-z"],
            cwd=ROOT, check=True, capture_output=True).stdout.decode()
        return sorted({p for p in listing.split("\0") if p and os.path.isfile(f"{ROOT}/{p}")})
    except (OSError, subprocess.CalledProcessError):
        found = []
        for folder, folders, names in os.walk(ROOT):
            folders[:] = [f for f in folders if f not in SKIPPED_FOLDERS]
            found += [os.path.relpath(os.path.join(folder, name), ROOT) for name in names]
        return sorted(found)


def read_text(path):
    """None for bytes that are not text."""
    try:
        with open(os.path.join(ROOT, path), encoding="utf-8", newline="") as file:
            text = file.read()
        return None if "\0" in text else text
    except (UnicodeDecodeError, OSError):
        return None


def is_code(path, text):
    return path.endswith(CODE_SUFFIXES) or path.endswith("CMakeLists.txt") or text.startswith("#!")


def folder_of(path):
    """The unit of the include rules: common/base, broker/send, or broker for broker/main.cc."""
    parts = path.split("/")[:-1]
    return "/".join(parts[:2]) if parts[:1] in (["common"], ["broker"], ["operator"]) else parts[0]


def rule_for(folder):
    return ALLOWED.get(folder) or ALLOWED.get(folder.split("/")[0], ())


def within(path, prefix):
    return path == prefix or path.startswith(prefix + "/")


def include_error(folder, target):
    """Why a file in `folder` may not include `target`, or None."""
    target_folder = folder_of(target) if "/" in target else ""
    if target_folder.split("/")[0] not in INCLUDABLE:
        return f'include "{target}" is not from the repository root; write the whole path'
    if within(target_folder, folder) and target_folder.count("/") == folder.count("/"):
        return None
    allowed = rule_for(folder)
    if not any(within(target_folder, prefix) for prefix in allowed):
        return (f"{folder} may not include {target_folder}: only {', '.join(allowed) or 'itself'}; "
                "move what both need to a lower floor, or pass it in")
    program = folder.split("/")[0]
    if program in ("broker", "operator") and "/" in folder and target_folder == program:
        return (f"{folder} is below {program}/ itself and may not include {target}; "
                "pass in what it needs")
    return None


def check_includes(path, lines, report, edges):
    folder = folder_of(path)
    if folder.split("/")[0] not in INCLUDABLE:
        return
    for number, line in enumerate(lines, 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        if folder == "common/protocol" and IMPURE.match(match.group(1)):
            report.add(path, number, f"common/protocol is pure and may not include "
                                     f"{match.group(1)}; let the caller do the I/O")
        if match.group(1).startswith("<"):
            continue
        target = match.group(1)[1:-1]
        error = include_error(folder, target)
        if error:
            report.add(path, number, error)
        elif not folder.startswith("tests") and folder_of(target) != folder:
            edges.setdefault((folder, folder_of(target)), (path, number))


def check_cycles(edges, report):
    """Folders of one floor may use each other, but never in a circle."""
    next_of = {}
    for source, target in edges:
        next_of.setdefault(source, []).append(target)

    def reaches(start, goal):
        seen, stack = set(), [start]
        while stack:
            node = stack.pop()
            if node == goal:
                return True
            if node not in seen:
                seen.add(node)
                stack += next_of.get(node, [])
        return False

    for (source, target), (path, number) in sorted(edges.items()):
        if reaches(target, source):
            report.add(path, number, f"{source} and {target} include each other in a circle; "
                                     "one of them has to take what it needs as a parameter")


def blank_out(text):
    """The same text with comments, strings and preprocessor lines blanked; newlines kept."""
    pattern = re.compile(
        r'R"(?P<tag>[^()\s\\]*)\(.*?\)(?P=tag)"|//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'
        r"(?<![0-9A-Za-z_])'(?:\\.|[^'\\\n])+'|^[ \t]*#(?:[^\n\\]|\\\n|\\.)*", re.S | re.M)
    return pattern.sub(lambda m: "".join(c if c == "\n" else " " for c in m.group(0)), text)


def functions(text):
    """(name, first line, number of lines) of every outermost function body. A heuristic on braces:
    a body is a brace after a parameter list, in a file, namespace or class."""
    code = blank_out(text)
    found, stack, head_start, line = [], [], 0, 1
    parens = 0
    for index, char in enumerate(code):
        if char == "\n":
            line += 1
        elif char in "()":
            parens += 1 if char == "(" else -1
        elif char == "{":
            head = code[head_start:index].strip()
            kind = "inner"
            if all(entry[0] == "scope" for entry in stack) and parens == 0:
                scope = re.match(r"(?:template\s*<.*>\s*)?(?:inline\s+|typedef\s+)*"
                                 r"(namespace|class|struct|union|enum|extern)\b", head, re.S)
                if scope and not re.search(r"\)\s*(const|noexcept|override|\s)*$", head):
                    kind = "scope"
                elif "(" in head:
                    kind = "function"
            first = line - code[head_start:index].lstrip().count("\n")
            stack.append((kind, head, first))
            head_start = index + 1
        elif char == "}" and stack:
            kind, head, first = stack.pop()
            if kind == "function":
                name = re.search(r"([~\w:<>]+|operator\s*\S+?)\s*\(", head)
                macro = re.match(r"(TEST(?:_[FP])?)\s*\((.*?)\)", head, re.S)
                label = " ".join(macro.group(2).split()) if macro else (
                    name.group(1) if name else "?")
                found.append((label, first, line - first + 1))
            head_start = index + 1
        elif char == ";" and parens == 0:
            head_start = index + 1
        elif char == ":" and code[head_start:index].strip() in ("public", "private", "protected"):
            head_start = index + 1
    return found


def check_header(path, lines, report):
    if not lines or lines[0].strip() != "#pragma once":
        report.add(path, 1, "a header begins with #pragma once; put it on the first line")
    elif len(lines) < 2 or not lines[1].startswith(("//", "/*")):
        report.add(path, 2, "a comment that says what this header is for is missing; "
                            "write it right under #pragma once")


def check_sizes(path, text, lines, report):
    limit = MAX_TEST_FILE_LINES if path.startswith("tests/") else MAX_FILE_LINES
    if len(lines) > limit:
        report.add(path, limit, f"file has {len(lines)} lines, {limit} are allowed; split it")
    for number, line in enumerate(lines, 1):
        if len(line) > MAX_COLUMNS:
            report.add(path, number,
                       f"line has {len(line)} columns, {MAX_COLUMNS} are allowed; break it")
    if path.endswith((".cc", ".h")):
        for name, first, count in functions(text):
            if count > MAX_FUNCTION_LINES:
                report.add(path, first, f"function {name} has {count} lines, {MAX_FUNCTION_LINES} "
                                        "are allowed; give its parts names of their own")


def check_words(path, lines, report):
    for number, line in enumerate(lines, 1):
        word = BANNED_WORDS.search(line)
        if word:
            report.add(path, number, f"'{word.group(0)}' may not be committed; finish it, or "
                                     "open an issue and take the remark out")
        place = MACHINE_PATH.search(line)
        if place:
            report.add(path, number, f"'{place.group(0)}' is a path of one machine; use a path "
                                     "relative to the repository, or a variable")


def check_targets(files, report):
    """Every source file is named by a CMakeLists.txt in its folder or above."""
    named = set()
    for path in files:
        if os.path.basename(path) == "CMakeLists.txt":
            base = os.path.dirname(path)
            text = re.sub(r"#[^\n]*", "", read_text(path) or "")
            for word in re.findall(r"[\w./${}+-]+\.(?:cc|h)\b", text):
                word = re.sub(r"^\$\{(CMAKE|PROJECT)_SOURCE_DIR\}/", "/", word)
                absolute = word.startswith("/")
                named.add(os.path.normpath(word[1:] if absolute else os.path.join(base, word)))
    for path in files:
        if path.endswith((".cc", ".h")) and path.split("/")[0] in SOURCE_FOLDERS + ("tests",):
            if path not in named:
                report.add(path, 1, "belongs to no target; name it in a CMakeLists.txt or "
                                    "delete it")


def check_format(files, report):
    tool = shutil.which("clang-format-14")
    sources = [p for p in files if p.endswith((".cc", ".h"))]
    if not tool or not sources:
        return "clang-format-14 is not installed: formatting was not checked" if sources else ""
    done = subprocess.run([tool, "--dry-run", "-Werror", "--ferror-limit=1", *sources], cwd=ROOT,
                          capture_output=True, text=True, check=False)
    for match in re.finditer(r"^(\S+?):(\d+):\d+: error: code should be", done.stderr, re.M):
        report.add(match.group(1), int(match.group(2)),
                   f"is not formatted; run clang-format-14 -i {match.group(1)}")
    if done.returncode != 0 and "code should be" not in done.stderr:
        report.add(".clang-format", 1, "clang-format-14 failed: " + done.stderr.strip()[:200])
    return ""


def check_all():
    report, edges = Report(), {}
    files = [p for p in list_files() if not p.startswith(DATA_FOLDERS)]
    for path in files:
        text = read_text(path)
        if text is None:
            continue
        lines = text.splitlines()
        check_words(path, lines, report)
        if is_code(path, text):
            check_sizes(path, text, lines, report)
        if path.endswith((".cc", ".h")):
            check_includes(path, lines, report, edges)
        if path.endswith(".h"):
            check_header(path, lines, report)
    check_cycles(edges, report)
    check_targets(files, report)
    note = check_format(files, report)
    return report, len(files), note


def self_test():
    long_body = "\n".join(["  int x = 0;"] * 70)
    text = ("namespace a {\nclass B : public C {\n public:\n  B() : x_(1) { y(); }\n};\n"
            "int F(int a,\n      int b) {\n  // }\n  auto s = \"}\";\n  if (a) {\n  }\n}\n"
            f"void Long() {{\n{long_body}\n}}\n}}  // namespace a\nTEST(Suite, Name) {{\n}}\n")
    names = [(name, count) for name, _, count in functions(text)]
    assert names == [("B", 1), ("F", 7), ("Long", 72), ("Suite, Name", 2)], names
    for folder, target, fine in (
            ("common/base", "common/protocol/x.h", False),
            ("common/base", "common/base/y.h", True),
            ("broker/store", "common/protocol/x.h", False),
            ("broker/send", "broker/store/x.h", True),
            ("broker/send", "broker/config.h", False),
            ("broker", "broker/send/x.h", True),
            ("operator/kube", "common/base/x.h", True),
            ("nameserver", "broker/store/x.h", False),
            ("cli", "reset/x.h", True),
            ("client", "reset/x.h", False),
            ("cli", "x.h", False)):
        assert (include_error(folder, target) is None) == fine, (folder, target)
    report = Report()
    check_words("f", ["// TO" "DO later", "cp /wo" "rk/x", 'cp "$dir/wo' 'rk/x"'], report)
    check_header("f.h", ["#pragma once", "#include <x>"], report)
    check_cycles({("a", "b"): ("a/1.h", 1), ("b", "a"): ("b/2.h", 1)}, report)
    assert [line.split(": ")[0] for line in report.lines] == [
        "f:1", "f:2", "f.h:2", "a/1.h:1", "b/2.h:1"], report.lines
    print("tidy: self-test passed")


def main():
    if sys.argv[1:] == ["--self-test"]:
        self_test()
        return 0
    if len(sys.argv) > 1:
        print(__doc__, file=sys.stderr)
        return 2
    report, count, note = check_all()
    for line in report.lines:
        print(line)
    if note:
        print(f"tidy: {note}")
    print(f"tidy: {count} files, {len(report.lines) or 'no'} problem(s)")
    return 1 if report.lines else 0


if __name__ == "__main__":
    sys.exit(main())
