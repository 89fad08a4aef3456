"""Reads the source and refuses what the compiler lets pass: rooming, size, names, dead files.

Usage: tidy_test.py ROOT. Proves first, on bad snippets, that each rule can fail. Standard library only.
"""

import re
import sys
from pathlib import Path

MAX_LINE = 120
MAX_FILE = 450
MAX_FUNCTION = 70

# Which rooms each room may include.
BELOW = {
    "base": set(),
    "system": {"base"},
    "http": {"base"},
    "tasks": {"http", "base"},
    "access": {"http", "base"},
    "sim": {"http", "base"},
    "assets": {"sim", "http", "base"},
    "contract": {"http", "base"},
    "metrics": {"contract", "sim", "http", "base"},
    "journal": {"http", "system", "base"},
    "patterns": {"journal", "http", "base"},
    "assertions": {"patterns", "journal", "http", "system", "base"},
    "recordings": {"contract", "journal", "http", "base"},
    "verify": {"recordings", "contract", "journal", "http", "system", "base"},
    "api": {"access", "assets", "metrics", "contract", "journal", "sim", "http", "system", "base"},
    "control": {"api", "assertions", "patterns", "tasks", "access", "assets", "metrics", "contract", "journal", "sim",
                "http", "system", "base"},
    "edge": {"http", "system", "base"},
    "upstream": {"edge", "http", "system", "base"},
}
BELOW["cli"] = set(BELOW)
# Third-party headers, and the folders that know each.
OWNERS = {
    "httplib.h": {"src/upstream", "kits/cpp/include/qamera/detail"},
    "CLI/": {"src/cli"},
    "valijson/": {"tests/contract"},
    "re2/": {"src/base"},
    "openssl/": {"src/upstream"},  # so that nothing else initialises it
    "stb_image_write.h": {"src/assets"},
}
# Simulation, contract, HTTP's grammar, patterns and assertions know of no sockets, threads and wall clocks.
PURE = {"sim", "contract", "http", "patterns", "assertions"}
IMPURE_HEADERS = re.compile(
    r"^(thread|future|sys/(socket|epoll|time|select)\.h|poll\.h|netinet/.*|arpa/inet\.h"
    r"|netdb\.h|unistd\.h|time\.h|fstream|filesystem)$"
)
CLOCK_READING = re.compile(
    r"(system_clock|steady_clock|high_resolution_clock|utc_clock)\s*::\s*now"
    r"|\b(clock_gettime|gettimeofday|random_device|sleep_for|sleep_until)\b"
)
CLOCK_OWNERS = {"edge", "upstream", "cli"}
CLOCK_FILES = {"src/base/time.cpp"}
SLEEP = re.compile(r"\b(sleep_for|sleep_until|usleep|nanosleep)\b")
VAGUE_NAMES = {"util", "utils", "manager", "managers", "helper", "helpers", "misc"}
LEFT_OVER = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X"]) + r")\b")
SOURCE_SUFFIXES = {".h", ".cpp", ".py", ".cmake", ".js", ".mjs", ".css", ".html", ".sh", ".php"}
CODE_FOLDERS = ["src", "ui", "tests", "bench", "examples", "kits", "packaging", "cmake", "scripts", ".ci"]


class Tree:
    """The files under scrutiny: path relative to the root -> text."""

    def __init__(self, files):
        self.files = files

    @staticmethod
    def read(root):
        files = {}
        for folder in CODE_FOLDERS:
            for path in sorted((root / folder).rglob("*")):
                if path.is_file() and is_source(path) and "node_modules" not in path.parts:
                    files[path.relative_to(root).as_posix()] = path.read_text(encoding="utf-8")
        files["CMakeLists.txt"] = (root / "CMakeLists.txt").read_text(encoding="utf-8")
        return Tree(files)

    def cpp(self):
        return {path: text for path, text in self.files.items() if path.endswith((".h", ".cpp"))}


def is_source(path):
    programs = (".ci", "packaging", "scripts")
    return path.suffix in SOURCE_SUFFIXES or path.name == "CMakeLists.txt" or path.parent.name in programs


def room_of(path):
    parts = path.split("/")
    return parts[1] if parts[0] == "src" and len(parts) > 2 else None


def includes(text):
    """Yields (line number, header, quoted or not) for every #include."""
    for number, line in enumerate(text.split("\n"), 1):
        match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if match:
            yield number, match[2], match[1] == '"'


TOKENS = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<raw>[^(\s]*)\(.*?\)(?P=raw)"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])+\'',
    re.DOTALL,
)


def without_text(code):
    """C++ code with comments and literals blanked, line breaks kept."""
    return TOKENS.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), code)


def without_directives(code):
    """Preprocessor lines blanked, and of each #if only its first branch kept, so that braces balance."""
    kept, skipping, continued = [], [], False
    for line in code.split("\n"):
        directive = re.match(r"\s*#\s*(\w+)", line)
        if directive and not continued:
            word = directive[1]
            if word in ("if", "ifdef", "ifndef"):
                skipping.append(False)
            elif word in ("else", "elif") and skipping:
                skipping[-1] = True
            elif word == "endif" and skipping:
                skipping.pop()
        drop = directive or continued or any(skipping)
        continued = bool(directive or continued) and line.rstrip().endswith("\\")
        kept.append("" if drop else line)
    return "\n".join(kept)


NOT_A_FUNCTION = re.compile(r"\b(namespace|class|struct|union|enum|extern)\b|=\s*$|\breturn\b|^\s*$")


def functions(code):
    """Yields (first line, number of lines) of each outermost function body, lambdas in it included."""
    code = without_directives(without_text(code))
    line, head, inside, depth = 1, "", 0, 0
    start = 0
    for character in code:
        if character == "\n":
            line += 1
        if inside:
            depth += (character == "{") - (character == "}")
            if depth == 0:
                yield start, line - start + 1
                inside, head = 0, ""
        elif character == "{":
            if ")" in head and not NOT_A_FUNCTION.search(head):
                inside, depth, start = 1, 1, line - head.lstrip().count("\n")
            head = ""
        elif character in ";}":
            head = ""
        else:
            head += character


def check_rooms(tree):
    for path, text in tree.cpp().items():
        room = room_of(path)
        if room is None:
            continue
        if room not in BELOW:
            yield f"{path}:1: '{room}' is no room; they are {', '.join(BELOW)}"
            continue
        for number, header, quoted in includes(text):
            target = header.split("/")[0] if quoted and "/" in header else room
            if target in BELOW and target != room and target not in BELOW[room]:
                yield f"{path}:{number}: room '{room}' may not include '{header}'"


def check_owners(tree):
    for path, text in tree.cpp().items():
        for number, header, _ in includes(text):
            for prefix, owners in OWNERS.items():
                if header.startswith(prefix) and path.rpartition("/")[0] not in owners:
                    yield f"{path}:{number}: only {', '.join(sorted(owners))} includes {prefix}"


def check_httplib_units(tree):
    """httplib.h takes 10 to 27 s to compile: one translation unit sees it, the client."""
    cpp = tree.cpp()

    def sees(path, seen):
        for _, header, quoted in includes(cpp[path]):
            if header == "httplib.h":
                return True
            below = f"src/{header}"
            if quoted and below in cpp and below not in seen:
                seen.add(below)
                if sees(below, seen):
                    return True
        return False

    units = [path for path in cpp if path.endswith(".cpp") and sees(path, set())]
    if len(units) > 1:
        yield f"{units[1]}:1: httplib.h is compiled in {len(units)} translation units: {', '.join(units)}"


def check_purity(tree):
    for path, text in tree.cpp().items():
        room = room_of(path)
        if room in PURE:
            for number, header, _ in includes(text):
                if IMPURE_HEADERS.match(header):
                    yield f"{path}:{number}: <{header}> in src/{room}, which is pure"
        if room and room not in CLOCK_OWNERS and path not in CLOCK_FILES:
            for number, line in enumerate(without_text(text).split("\n"), 1):
                if CLOCK_READING.search(line):
                    yield f"{path}:{number}: reads a clock or chance; only the edge and the CLI do"


def check_sleeps(tree):
    for path, text in tree.cpp().items():
        if path.startswith("tests/"):
            for number, line in enumerate(without_text(text).split("\n"), 1):
                if SLEEP.search(line):
                    yield f"{path}:{number}: a test sleeps"


def check_lengths(tree):
    for path, text in tree.files.items():
        lines = text.split("\n")
        for number, line in enumerate(lines, 1):
            if len(line) > MAX_LINE:
                yield f"{path}:{number}: {len(line)} characters (at most {MAX_LINE})"
        if len(lines) - 1 > MAX_FILE:
            yield f"{path}:1: {len(lines) - 1} lines (at most {MAX_FILE})"


def check_functions(tree):
    for path, text in tree.cpp().items():
        for start, length in functions(text):
            if length > MAX_FUNCTION:
                yield f"{path}:{start}: a function of {length} lines (at most {MAX_FUNCTION})"


def vague(identifier):
    words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", identifier)
    return any(word.lower() in VAGUE_NAMES for word in words)


def check_names(tree):
    for path, text in tree.files.items():
        if vague(path):
            yield f"{path}:1: a file name that says nothing"
    for path, text in tree.cpp().items():
        code = without_directives(without_text(text))
        for number, line in enumerate(code.split("\n"), 1):
            for identifier in re.findall(r"[A-Za-z_]\w*", line):
                if vague(identifier):
                    yield f"{path}:{number}: '{identifier}' says nothing"


def check_headers(tree):
    included = set()
    for path, text in tree.cpp().items():
        folder = path.rpartition("/")[0]
        for _, header, _ in includes(text):
            included.update(f"{place}/{header}" for place in ("src", "tests", "kits/cpp/include", folder))
    for path, text in tree.cpp().items():
        if not path.endswith(".h"):
            continue
        if not text.startswith("#pragma once\n"):
            yield f"{path}:1: a header starts with #pragma once"
        if path not in included:
            yield f"{path}:1: no file includes this header"


def check_dead_files(tree):
    named = set()
    for path, text in tree.files.items():
        if not path.endswith("CMakeLists.txt"):
            continue
        folder = path.rpartition("/")[0]
        text = text.replace("${PROJECT_SOURCE_DIR}/", "/").replace("${CMAKE_CURRENT_SOURCE_DIR}/", "")
        for word in re.findall(r"[\w./+-]+", re.sub(r"#[^\n]*", "", text)):
            named.add(word.lstrip("/") if word.startswith("/") or not folder else f"{folder}/{word}")
    for path in tree.files:
        test_script = path.startswith("tests/") and path.endswith("_test.py")
        if (path.endswith(".cpp") or test_script) and path not in named:
            if path.startswith(("src/", "tests/")):
                yield f"{path}:1: no CMakeLists.txt names this file"


def check_tests(tree):
    """A source is tested by a file of its name, or its room's list of tests says what covers it."""
    for path in tree.files:
        room, name = room_of(path), path.rpartition("/")[2]
        if not room or not path.endswith(".cpp"):
            continue
        listed = tree.files.get(f"tests/{room}/CMakeLists.txt", "")
        if f"tests/{room}/{name[:-4]}_test.cpp" not in tree.files and not re.search(rf"\b{re.escape(name)}", listed):
            yield f"{path}:1: neither tests/{room}/{name[:-4]}_test.cpp nor a word in tests/{room}/CMakeLists.txt"


def check_left_overs(tree):
    for path, text in tree.files.items():
        for number, line in enumerate(text.split("\n"), 1):
            match = LEFT_OVER.search(line)
            if match:
                yield f"{path}:{number}: '{match[1]}' is left over"


RULES = [check_rooms, check_owners, check_httplib_units, check_purity, check_sleeps, check_lengths, check_functions,
         check_names, check_headers, check_dead_files, check_tests,
         check_left_overs]

# A tree that every rule accepts, though much in it looks like a breach.
GOOD = {
    "CMakeLists.txt": "add_subdirectory(src)\n",
    "src/base/CMakeLists.txt": "qm_library(base SOURCES text.cpp time.cpp)\n",
    "src/base/text.h": "#pragma once\n#include <utility>\n",
    "src/base/text.cpp": '#include "base/text.h"\n// steady_clock::now, a helper\nconst char* s = "manager {";\n',
    "src/base/time.cpp": "auto t = std::chrono::steady_clock::now();\n",
    "src/edge/CMakeLists.txt": "qm_library(edge SOURCES server.cpp)\n",
    "src/upstream/CMakeLists.txt": "qm_library(upstream SOURCES client.cpp)\n",
    "src/upstream/client.cpp": "#include <httplib.h>\n",
    "src/edge/server.cpp": '#include <thread>\n#include "base/text.h"\n',
    "src/sim/CMakeLists.txt": "qm_library(sim SOURCES job.cpp)\n",
    "src/sim/job.cpp": "int f() {\n" + "  g();\n" * 68 + "}\nstruct S {\n" + "  int a;\n" * 100 + "};\n",
    "tests/base/CMakeLists.txt": "# text.cpp and time.cpp: others\n",
    "tests/edge/CMakeLists.txt": "# server.cpp: e2e\n",
    "tests/upstream/CMakeLists.txt": "# client.cpp: e2e\n",
    "tests/sim/CMakeLists.txt": "qm_test(sim SOURCES job_test.cpp)\n",
    "tests/sim/job_test.cpp": "",
    "tests/CMakeLists.txt": "add_executable(t ${PROJECT_SOURCE_DIR}/tests/main.cpp)\n",
    "tests/main.cpp": "#include \"rows.h\"\nint miscount = 1'000'000;\n",
    "tests/rows.h": "#pragma once\n",
}
LONG_BODY = "  g([] { h(); });\n" * 70
# Each: the rule, a file, its text, and the line the breach is reported at. The file is added to GOOD.
BAD = [
    (check_rooms, "src/sim/a.cpp", '#include "api/x.h"\n', 1),
    (check_rooms, "src/sim/a.cpp", '\n#include "journal/x.h"\n', 2),
    (check_rooms, "src/base/a.h", '#pragma once\n#include "sim/x.h"\n', 2),
    (check_rooms, "src/api/a.cpp", '#include "edge/x.h"\n', 1),
    (check_rooms, "src/api/a.cpp", '#include "control/x.h"\n', 1),
    (check_rooms, "src/edge/a.cpp", '#include "api/x.h"\n', 1),
    (check_rooms, "src/journal/a.cpp", '#include "assertions/x.h"\n', 1),
    (check_rooms, "src/http/a.cpp", '#include "edge/x.h"\n', 1),
    (check_rooms, "src/other/a.cpp", "", 1),
    (check_owners, "src/api/a.cpp", "#include <httplib.h>\n", 1),
    (check_owners, "tests/a.cpp", "#include <httplib.h>\n", 1),
    (check_owners, "src/edge/a.cpp", "#include <CLI/CLI.hpp>\n", 1),
    (check_owners, "src/contract/a.cpp", "#include <valijson/schema.hpp>\n", 1),
    (check_owners, "src/journal/a.cpp", "#include <re2/re2.h>\n", 1),
    (check_owners, "src/api/a.cpp", "#include <openssl/ssl.h>\n", 1),
    (check_httplib_units, "src/upstream/second.cpp", "#include <httplib.h>\n", 1),
    (check_purity, "src/sim/a.cpp", "#include <thread>\n", 1),
    (check_purity, "src/contract/a.cpp", "#include <sys/socket.h>\n", 1),
    (check_purity, "src/sim/a.cpp", "\nauto t = std::chrono::system_clock::now();\n", 2),
    (check_purity, "src/contract/a.cpp", "auto t = steady_clock :: now();\n", 1),
    (check_purity, "src/journal/a.cpp", "auto t = std::chrono::system_clock::now();\n", 1),
    (check_sleeps, "tests/a.cpp", "std::this_thread::sleep_for(1s);\n", 1),
    (check_lengths, "src/sim/a.cpp", "\n// " + "é" * 118 + "\n", 2),
    (check_lengths, "scripts/a", "x" * 121 + "\n", 1),
    (check_lengths, "tests/a.py", "\n" * 451, 1),
    (check_functions, "src/sim/a.cpp", "namespace q {\nint f(int a) const {\n" + LONG_BODY + "}\n}\n", 2),
    (check_functions, "src/sim/a.cpp", "struct S {\n  S()\n      : a_(1) {\n" + LONG_BODY + "  }\n};\n", 2),
    (check_functions, "src/sim/a.cpp", "#if A\nint f() {\n#else\nint f(int) {\n#endif\n" + LONG_BODY + "}\n", 2),
    (check_functions, "tests/a.cpp", 'TEST_CASE("a: {b}") {\n' + LONG_BODY + "}\n", 1),
    (check_names, "src/base/json_utils.h", "#pragma once\n", 1),
    (check_names, "src/sim/a.cpp", "class JobManager;\n", 1),
    (check_names, "src/sim/a.cpp", "\nint parse_helper();\n", 2),
    (check_headers, "src/sim/a.h", "int f();\n", 1),
    (check_headers, "src/sim/unused.h", "#pragma once\n", 1),
    (check_dead_files, "src/sim/a.cpp", "", 1),
    (check_dead_files, "tests/e2e/a_test.py", "", 1),
    (check_tests, "src/sim/a.cpp", "", 1),
    (check_left_overs, "src/sim/a.cpp", "// TO" + "DO: later\n", 1),
    (check_left_overs, "scripts/a", "\n# FIX" + "ME\n", 2),
    (check_left_overs, "tests/a.py", "# XX" + "X\n", 1),
]


def self_test():
    """What is wrong with the rules themselves."""
    for rule in RULES:
        for finding in rule(Tree(GOOD)):
            yield f"{rule.__name__} refuses good source: {finding}"
        if not any(rule is bad_rule for bad_rule, _, _, _ in BAD):
            yield f"{rule.__name__} is never seen to fail"
    for rule, path, text, line in BAD:
        findings = list(rule(Tree({**GOOD, path: text})))
        if not any(finding.startswith(f"{path}:{line}: ") for finding in findings):
            yield f"{rule.__name__} accepts {path} {text[:60]!r}: {findings}"


def main():
    root = Path(sys.argv[1]).resolve()
    broken = list(self_test())
    if broken:
        print("\n".join(broken))
        return 2
    tree = Tree.read(root)
    breaches = [breach for rule in RULES for breach in rule(tree)]
    print("\n".join(breaches) or f"{len(tree.files)} files are tidy")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
