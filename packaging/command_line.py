"""Writes man pages and completions from one description of the command line, which qamera-mock-describe prints.

Usage: qamera-mock-describe | command_line.py FOLDER. Writes FOLDER/man/man1/*.1 and FOLDER/completions/{bash,zsh,fish}.
SOURCE_DATE_EPOCH dates the pages. Standard library only.
"""

import json
import os
import re
import sys
import time
from pathlib import Path

PROGRAM = "qamera-mock"
DEFAULT_COMMAND = "serve"


class Option:
    """A flag, an option with a value, or (with `names` empty) a positional argument."""

    def __init__(self, described):
        self.names = described["names"]
        self.positional = described["positional"]
        self.description = described["description"]
        self.choices = described["choices"]
        self.default = described["default"].strip('"[]')
        self.variable = described["variable"]
        self.required = described["required"]
        self.repeats = described["repeats"]
        self.takes = described["takes"]

    @property
    def placeholder(self):
        """What stands for the value in a synopsis: "" for a flag."""
        if not self.takes:
            return ""
        return "|".join(self.choices) if self.choices else re.sub(r"[: ].*", "", self.takes)

    @property
    def is_folder(self):
        return self.placeholder == "DIR"

    @property
    def is_file(self):
        return self.placeholder.split("|")[-1] in ("FILE", "F") or self.names in (["--ca-file"], ["--har"])


class Command:
    def __init__(self, described):
        self.name = described["name"]
        self.description = described["description"]
        self.footer = described["footer"]
        every = [Option(option) for option in described["options"]]
        self.options = [option for option in every if option.names]
        self.positionals = [option for option in every if not option.names]
        self.commands = [Command(command) for command in described["commands"]]

    def names(self):
        return [name for option in self.options for name in option.names]


# --- man pages


def roff(text):
    """Text in which roff sees no request and no escape; hyphens stay what can be copied."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("`", "\\(ga")
    return "\\&" + text if text.startswith((".", "'")) else text


def italic(text):
    return f"\\fI{roff(text)}\\fR"


def bold(text):
    return f"\\fB{roff(text)}\\fR"


def sentence(text):
    """With a capital and a full stop, unless it begins with a value that it explains: `any: ...`."""
    capital = text if re.match(r"\S+:", text) else text[:1].upper() + text[1:]
    return roff(capital) + "."


def man_option(option):
    names = ", ".join(bold(name) for name in option.names) or italic(option.positional)
    value = f" {italic(option.placeholder)}" if option.names and option.takes else ""
    notes = [sentence(option.description)]
    if option.repeats and option.names:
        notes.append("May be given more than once.")
    if option.default and option.names and option.takes:
        notes.append(f"Default: {roff(option.default)}.")
    if option.variable:
        notes.append(f"Variable: {roff(option.variable)}.")
    return [".TP", names + value, *notes]


def man_head(title, description, version):
    date = time.strftime("%Y-%m-%d", time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH", "0"))))
    return [f'.TH {title.upper()} 1 "{date}" "{PROGRAM} {version}" "{PROGRAM}"', ".nh", ".SH NAME",
            f"{roff(title)} \\- {roff(description.rstrip('.'))}", ".SH SYNOPSIS"]


def man_command(command, version):
    title = f"{PROGRAM}-{command.name}"
    synopsis = [bold(PROGRAM), bold(command.name), "[" + italic("OPTION") + "]..."]
    for option in command.options:
        if option.required:
            synopsis.append(f"{bold(option.names[-1])} {italic(option.placeholder)}")
    for positional in command.positionals:
        name = italic(positional.positional) + ("..." if positional.repeats else "")
        synopsis.append(name if positional.required else f"[{name}]")
    lines = [*man_head(title, command.description, version), " ".join(synopsis), ".SH DESCRIPTION",
             sentence(command.description)]
    if command.positionals:
        lines += [".SH ARGUMENTS", *(line for option in command.positionals for line in man_option(option))]
    lines += [".SH OPTIONS", *(line for option in command.options for line in man_option(option)),
              ".SH SEE ALSO", f".BR {roff(PROGRAM)} (1)"]
    return "\n".join(lines) + "\n"


def man_program(program, version):
    lines = [*man_head(PROGRAM, program.description, version),
             f"{bold(PROGRAM)} [{italic('COMMAND')}] [{italic('OPTION')}]...", ".SH DESCRIPTION",
             f"Without a command, {bold(DEFAULT_COMMAND)} is meant. {roff(program.footer)}", ".SH COMMANDS"]
    for command in program.commands:
        lines += [".TP", bold(command.name), sentence(command.description)]
    lines += [".SH OPTIONS", *(line for option in program.options for line in man_option(option)), ".SH SEE ALSO"]
    pages = [f"{PROGRAM}-{command.name}" for command in program.commands]
    lines += [f".BR {roff(page)} (1){',' if page != pages[-1] else ''}" for page in pages]
    return "\n".join(lines) + "\n"


# --- bash


def bash_cases(command):
    """Lines of a `case` over the option before the word that is completed."""
    for option in command.options:
        if not option.takes:
            continue
        words = f'words="{" ".join(option.choices)}"' if option.choices else \
            "kind=directory" if option.is_folder else "kind=file" if option.is_file else "kind=value"
        yield f"        {'|'.join(f'{command.name}:{name}' for name in option.names)}) {words} ;;"


def bash(program):
    names = " ".join(command.name for command in program.commands)
    lines = [f"# bash completion of {PROGRAM}; needs nothing else. Source it, or install it as",
             f"# /usr/share/bash-completion/completions/{PROGRAM}.",
             "_qamera_mock() {",
             "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}",
             "    local command= kind= words= options= i",
             "    COMPREPLY=()",
             "    # `--log=te` comes as three words.",
             '    if [[ $cur == = ]]; then cur=; elif [[ $prev == = ]]; then prev=${COMP_WORDS[COMP_CWORD - 2]}; fi',
             "    for ((i = 1; i < COMP_CWORD; i++)); do",
             f'        case " {names} " in *" ${{COMP_WORDS[i]}} "*) command=${{COMP_WORDS[i]}}; break ;; esac',
             "        [[ ${COMP_WORDS[i]} != -* ]] || break",
             "    done",
             f'    ((COMP_CWORD > 1)) && [[ -z $command ]] && command={DEFAULT_COMMAND}',
             "    case $command in"]
    for command in program.commands:
        kind = "file" if command.positionals else ""
        lines.append(f'        {command.name}) options="{" ".join(command.names())}" kind={kind} ;;')
    serve = next(command for command in program.commands if command.name == DEFAULT_COMMAND)
    top = program.names() + serve.names()
    lines += [f'        *) options="{" ".join(dict.fromkeys(top))}" words="{names}" ;;', "    esac",
              "    case $command:$prev in"]
    for command in program.commands:
        lines += bash_cases(command)
    lines += ["    esac",
              '    if [[ -z $words && -z $kind || $cur == -* ]]; then words=$options kind=; fi',
              "    case $kind in",
              "        directory) compopt -o filenames 2>/dev/null; "
              'mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;',
              '        file) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;',
              "        value) ;;",
              '        *) mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur") ;;',
              "    esac", "}", f"complete -F _qamera_mock {PROGRAM}"]
    return "\n".join(lines) + "\n"


# --- zsh


def zsh_quoted(text):
    return text.replace("'", "'\\''")


def zsh_option(option):
    described = re.sub(r"([\[\]:\\])", r"\\\1", option.description)
    value = ""
    if option.takes:
        action = f"({' '.join(option.choices)})" if option.choices else \
            "_files -/" if option.is_folder else "_files" if option.is_file else " "
        value = f":{re.sub('[^A-Za-z]+', ' ', option.placeholder).strip().lower() or 'value'}:{action}"
    for name in option.names:
        star = "*" if option.repeats else ""
        sign = "=" if option.takes and name.startswith("--") else ""
        yield f"'{star}{name}{sign}[{zsh_quoted(described)}]{zsh_quoted(value)}'"


def zsh_arguments(command, indent):
    lines = [text for option in command.options for text in zsh_option(option)]
    for positional in command.positionals:
        lines.append(f"'{'*' if positional.repeats else ''}:{positional.positional.lower()}:_files'")
    return " \\\n".join(" " * indent + line for line in lines)


def zsh(program):
    serve = next(command for command in program.commands if command.name == DEFAULT_COMMAND)
    known = {name for option in program.options for name in option.names}
    serve_only = [option for option in serve.options if not known.intersection(option.names)]
    top = [text for option in [*program.options, *serve_only] for text in zsh_option(option)]
    lines = [f"#compdef {PROGRAM}", "# Install it in a folder of $fpath, under this name.", "", "_qamera-mock() {",
             "  local curcontext=$curcontext state line", "  typeset -A opt_args", "  _arguments -C \\",
             *(f"    {text} \\" for text in top), "    '1:command:->command' '*::argument:->argument'",
             "  case $state in", "    command)", "      local -a commands=("]
    lines += [f"        '{command.name}:{zsh_quoted(command.description)}'" for command in program.commands]
    lines += ["      )", "      _describe command commands", "      ;;", "    argument)", "      case $words[1] in"]
    for command in program.commands:
        lines += [f"        {command.name})", "          _arguments \\", zsh_arguments(command, 12), "          ;;"]
    lines += ["      esac", "      ;;", "  esac", "}", "", 'if [[ $funcstack[1] == _qamera-mock ]]; then',
              '  _qamera-mock "$@"', "else", f"  compdef _qamera-mock {PROGRAM}", "fi"]
    return "\n".join(lines) + "\n"


# --- fish


def fish_quoted(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def fish_option(option, condition):
    parts = [f"complete -c {PROGRAM} -n {fish_quoted(condition)}"]
    for name in option.names:
        parts.append(f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}")
    if option.choices:
        parts.append(f"-x -a {fish_quoted(' '.join(option.choices))}")
    elif option.is_folder:
        parts.append("-x -a '(__fish_complete_directories)'")
    elif option.takes:
        parts.append("-r -F" if option.is_file else "-x")
    parts.append(f"-d {fish_quoted(option.description)}")
    return " ".join(parts)


def fish(program):
    lines = [f"# fish completion of {PROGRAM}: install it in ~/.config/fish/completions.", f"complete -c {PROGRAM} -f"]
    known = {name for option in program.options for name in option.names}
    for command in program.commands:
        lines.append(f"complete -c {PROGRAM} -n __fish_use_subcommand -a {command.name} "
                     f"-d {fish_quoted(command.description)}")
    lines += [fish_option(option, "__fish_use_subcommand") for option in program.options]
    for command in program.commands:
        condition = f"__fish_seen_subcommand_from {command.name}"
        for option in command.options:
            lines.append(fish_option(option, condition))
            if command.name == DEFAULT_COMMAND and not known.intersection(option.names):
                lines.append(fish_option(option, "__fish_use_subcommand"))
        if command.positionals:
            lines.append(f"complete -c {PROGRAM} -n {fish_quoted(condition)} -F")
    return "\n".join(lines) + "\n"


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def main():
    described = json.load(sys.stdin)
    program, folder = Command(described), Path(sys.argv[1])
    pages = folder / "man" / "man1"
    write(pages / f"{PROGRAM}.1", man_program(program, described["version"]))
    for command in program.commands:
        write(pages / f"{PROGRAM}-{command.name}.1", man_command(command, described["version"]))
    write(folder / "completions" / "bash" / PROGRAM, bash(program))
    write(folder / "completions" / "zsh" / f"_{PROGRAM}", zsh(program))
    write(folder / "completions" / "fish" / f"{PROGRAM}.fish", fish(program))


if __name__ == "__main__":
    main()
