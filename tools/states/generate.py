#!/usr/bin/env python3
"""Makes code, database guards, documentation and the models' guards of schema/states.toml.

    generate.py                       writes them
    generate.py --check               exit status 1 when one of them is not what it would write
    generate.py --guards              the names of all guards, and the models that each is in
    generate.py --without NAME        (challenge.redeem.same_actor) prints its first model without the guard
    generate.py --without NAME --cpp  prints the transition functions without the guard
    generate.py --without NAME --sql  prints what the database refuses without the guard (challenge.redeem.from)
"""
import argparse
import pathlib
import subprocess
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parents[2]
TABLE = ROOT / "schema/states.toml"
MODELS = sorted((ROOT / "models").glob("*.pml"))
BEGIN, END = "/* generated from schema/states.toml */\n", "/* end of the generated part */\n"
MADE = "Made from schema/states.toml by tools/states/generate.py: change that, not this."
# The tables of the database that keep a machine's state, by machine.
SQL_TABLES = {"turn": "turns", "challenge": "challenges", "grant": "grants"}


def tables():
    return tomllib.loads(TABLE.read_text())


def transitions_of(machines):
    """(machine, name, transition)"""
    for machine, what in machines.items():
        for name, transition in what["transitions"].items():
            yield machine, name, transition


def guards_of(machines):
    """Full name → (machine, transition, guard's own name); the state that a transition starts from is the guard `from`."""
    guards = {}
    for machine, name, transition in transitions_of(machines):
        for guard in ["from"] + [guard["name"] for guard in transition["guards"]]:
            guards[f"{machine}.{name}.{guard}"] = (machine, name, guard)
    return guards


def pascal(name):
    return "".join(part.capitalize() for part in name.split("_"))


def comment(text):
    lines, line = [], "//"
    for word in text.split():
        if len(line) + 1 + len(word) > 118:
            lines.append(line)
            line = "//"
        line += " " + word
    return "\n".join([*lines, line]) + "\n"


def cpp_unmet(machine, name, guard, error):
    return (f"inline constexpr Unmet {machine}_{name}_{guard}{{base::Code::{error['code']}, \"{error['says']}\", "
            f"\"{error['next']}\"}};\n")


def cpp_transition(machine, name, transition, without):
    state, guards, full = pascal(machine) + "State", transition["guards"], f"{machine}.{name}"
    sources = " || ".join(f"from == {state}::{source}" for source in transition["from"])
    text = comment(transition["is"]) + f"struct {pascal(name)}{pascal(machine)} {{\n"
    text += "".join(f"  bool {guard['name']} = false;\n" for guard in guards)
    text += f"  static constexpr {state} to = {state}::{transition['to']};\n"
    if f"{full}.from" == without:
        text += f"  [[nodiscard]] static constexpr bool leaves({state}) noexcept {{ return true; }}\n"
    else:
        text += f"  [[nodiscard]] static constexpr bool leaves({state} from) noexcept {{ return {sources}; }}\n"
    if "otherwise" in transition:
        text += f"  static constexpr const Unmet& otherwise = unmet::{machine}_{name}_from;\n"
    if guards:
        text += "  // The first guard that does not hold; nullptr: all do.\n"
        text += "  [[nodiscard]] constexpr const Unmet* unmet() const noexcept {\n"
        text += "".join(f"    if (!{guard['name']}) return &unmet::{machine}_{name}_{guard['name']};\n"
                        for guard in guards if f"{full}.{guard['name']}" != without)
        text += "    return nullptr;\n  }\n"
    return text + "};\n\n"


def cpp_states(machine, what):
    state, names = pascal(machine) + "State", list(what["states"])
    text = comment(what["is"]) + f"enum class {state} : std::uint8_t {{\n"
    text += "".join(f"  {name},  // {means}\n" for name, means in what["states"].items()) + "};\n"
    text += f"inline constexpr std::array all_{machine}_states{{{', '.join(f'{state}::{name}' for name in names)}}};\n"
    text += f"[[nodiscard]] constexpr std::string_view to_string({state} state) noexcept {{\n  switch (state) {{\n"
    text += "".join(f'    case {state}::{name}: return "{name}";\n' for name in names)
    return text + "  }\n  return {};\n}\n\n"


def header(machines, without=None):
    text = f"""// {MADE}
// The states of a turn, a challenge and a grant, what may follow what, and what has to hold for it (docs/states.md).
// A guard that is not set does not hold.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace x1::policy {{

// Why a transition does not happen.
struct Unmet {{
  base::Code code;
  std::string_view says;
  std::string_view next;
  [[nodiscard]] base::Error error() const {{ return base::Error{{code, std::string(says), std::string(next)}}; }}
}};

"""
    text += "".join(cpp_states(machine, what) for machine, what in machines.items())
    text += "namespace unmet {\n"
    for machine, name, transition in transitions_of(machines):
        if "otherwise" in transition:
            text += cpp_unmet(machine, name, "from", transition["otherwise"])
        text += "".join(cpp_unmet(machine, name, guard["name"], guard) for guard in transition["guards"])
    text += "}  // namespace unmet\n\nnamespace step {\n\n"
    text += "".join(cpp_transition(*each, without) for each in transitions_of(machines))
    return formatted(text + "}  // namespace step\n\n}  // namespace x1::policy\n")


def moves_of(transition):
    """The states that it leaves for another, and that one."""
    return {(source, transition["to"]) for source in transition["from"] if source != transition["to"]}


def sql_guards_of(machines):
    """Full name → (machine, transition or None: that it begins as its first state), of what the database refuses."""
    guards = {f"{machine}.first": (machine, None) for machine in machines}
    return guards | {f"{machine}.{name}.from": (machine, name) for machine, name, _ in transitions_of(machines)}


def not_refused(machines, machine, name):
    """Why the database can't refuse the transition from any state; None: it can."""
    transition = machines[machine]["transitions"].get(name)
    if transition is None or set(machines[machine]["states"]) - {transition["to"], *transition["from"]} and \
            moves_of(transition):
        return None
    if not moves_of(transition):
        return "it stays in its state, so that nothing is written"
    return f"every other state may become {transition['to']}"


def triggers(machines, without=None):
    text = f"""// {MADE}
#include "api/state_triggers.hpp"

namespace x1::api {{
namespace {{

constexpr std::string_view triggers = R"sql(
"""
    for machine, table in SQL_TABLES.items():
        what = machines[machine]
        moves = set()
        for name, transition in what["transitions"].items():
            moves |= moves_of(transition | {"from": what["states"]} if f"{machine}.{name}.from" == without else transition)
        allowed = ",\n  ".join(f"('{source}', '{to}')" for source, to in sorted(moves))
        text += f"DROP TRIGGER IF EXISTS {machine}_begins;\n"
        if f"{machine}.first" != without:
            text += f"""CREATE TRIGGER {machine}_begins BEFORE INSERT ON {table} WHEN NEW.state <> '{what["first"]}'
BEGIN SELECT RAISE(ABORT, 'a {machine} begins as {what["first"]}'); END;
"""
        text += f"""DROP TRIGGER IF EXISTS {machine}_moves;
CREATE TRIGGER {machine}_moves BEFORE UPDATE OF state ON {table}
WHEN OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (VALUES
  {allowed})
BEGIN SELECT RAISE(ABORT, 'a {machine} does not move so'); END;
"""
    return formatted(text + ')sql";\n\n}  // namespace\n\nstd::string_view state_triggers() noexcept { return triggers; }\n\n'
                            "}  // namespace x1::api\n")


def page(machines):
    text = f"""# States of turns, questions and grants

<!-- {MADE} -->

Which state may follow which, and what has to hold. The transition functions (`src/pure/policy/states.hpp`), what the
database refuses (`src/trusted/api/state_triggers.cpp`), the guards of the models that Spin checks (`models/`) and this
page are made from one table, `schema/states.toml`.
"""
    for machine, what in machines.items():
        text += f"\n## {machine.capitalize()}\n\n{what['is']}\n\n| State | |\n|---|---|\n"
        text += "".join(f"| `{name}` | {means} |\n" for name, means in what["states"].items())
        for name, transition in what["transitions"].items():
            sources = " or ".join(f"`{source}`" for source in transition["from"])
            text += f"\n**{name.replace('_', ' ')}**: {sources} → `{transition['to']}`. {transition['is']}\n"
            if "otherwise" not in transition:
                text += "\nIn any other state nothing happens.\n"
            rows = [("the state", transition["otherwise"])] if "otherwise" in transition else []
            rows += [(guard["name"].replace("_", " "), guard) for guard in transition["guards"]]
            if rows:
                text += "\n| Has to hold | Else | |\n|---|---|---|\n"
                text += "".join(f"| {holds} | `{error['code']}` | {error['says']} |\n" for holds, error in rows)
    return text


def model_part(machines, text, without):
    """What the model `text` uses of the table."""
    part = "".join(f"#define {machine.upper()}_{name.upper()} {number}\n" for machine, what in machines.items()
                   for number, name in enumerate(what["states"], 1) if f"{machine.upper()}_" in text)
    for machine, name, transition in transitions_of(machines):
        full, macro = f"{machine}.{name}", f"{machine}_{name}"
        if f"{macro}_from(" in text:
            sources = " || ".join(f"(state) == {machine.upper()}_{source.upper()}" for source in transition["from"])
            part += f"#define {macro}_from(state) ({'true' if without == full + '.from' else sources})\n"
        if f"{macro}_may" in text:
            kept = [guard["model"] for guard in transition["guards"] if f"{full}.{guard['name']}" != without]
            part += f"#define {macro}_may ( \\\n  " + (" && \\\n  ".join(kept) or "true") + ")\n"
    return part


def model(machines, path, without=None):
    before, rest = path.read_text().split(BEGIN)
    after = rest.split(END)[1]
    return before + BEGIN + model_part(machines, before + after, without) + END + after


def models_of(guard):
    """The models that the guard (machine, transition, name) is in."""
    macro = f"{guard[0]}_{guard[1]}" + ("_from(" if guard[2] == "from" else "_may")
    return [path for path in MODELS if macro in path.read_text().split(END)[1]]


def formatted(text):
    return subprocess.run(["clang-format-19", "--assume-filename=src/states.hpp"], cwd=ROOT, input=text, text=True,
                          capture_output=True, check=True).stdout


def made(machines):
    """Path → text of everything that is made."""
    files = {ROOT / "src/pure/policy/states.hpp": header(machines),
             ROOT / "src/trusted/api/state_triggers.cpp": triggers(machines), ROOT / "docs/states.md": page(machines)}
    return files | {path: model(machines, path) for path in MODELS}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--without")
    parser.add_argument("--cpp", action="store_true")
    parser.add_argument("--sql", action="store_true")
    parser.add_argument("--guards", action="store_true")
    arguments = parser.parse_args()
    machines = tables()
    guards = guards_of(machines)
    if arguments.guards:
        for name, guard in guards.items():
            print(name, *([path.name for path in models_of(guard)] or ["in no model"]))
        return 0
    if arguments.without:
        if arguments.without not in (sql_guards_of(machines) if arguments.sql else guards):
            sys.exit(f"there is no guard {arguments.without}")
        if arguments.sql:
            print(triggers(machines, arguments.without), end="")
        elif arguments.cpp:
            print(header(machines, arguments.without), end="")
        else:
            where = models_of(guards[arguments.without])
            if not where:
                sys.exit(f"{arguments.without} is in no model")
            print(model(machines, where[0], arguments.without), end="")
        return 0
    files = made(machines)
    stale = [path for path, text in files.items() if not path.exists() or path.read_text() != text]
    for path in stale:
        if not arguments.check:
            path.write_text(files[path])
        print(f"{path.relative_to(ROOT)} " + ("is not what schema/states.toml says: run tools/states/generate.py"
                                              if arguments.check else "written"))
    if arguments.check:
        print(f"{len(files) - len(stale)} passed, {len(stale)} failed, 0 skipped")
    return 1 if stale and arguments.check else 0


if __name__ == "__main__":
    sys.exit(main())
