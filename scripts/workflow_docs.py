"""Draws docs/workflow.md from the transition tables in states.py, so that the page cannot go stale.

`python scripts/workflow_docs.py` writes the page; `--check` only says whether it is up to date (exit 1 if not).
"""

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wenming.ground.people.permissions import LABELS as PERMISSIONS
from wenming.ground.people.roles import ROLES
from wenming.outcomes.appraisals import states as appraisals
from wenming.outcomes.documents import states as documents
from wenming.records.cases import states as cases

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "workflow.md"
COMMAND = "python scripts/workflow_docs.py"


@dataclass(frozen=True)
class Flow:
    """One life: its states, its steps, and the ways it begins, which are no steps of the table."""

    title: str
    source: str
    states: Sequence[tuple[str, str]]
    steps: Iterable[Any]
    begins: Sequence[tuple[str, str, str]]  # (code of the deed, its name, first state)
    notes: Sequence[str]


FLOWS = [
    Flow(
        "问题", "wenming/records/cases/states.py", cases.STATES, cases.STEPS.values(),
        [("report", "上报", cases.REPORTED), ("report", "上报，社区整（自己接办）", cases.HANDLING),
         ("report", "由拆分而来", cases.REGISTERED), ("report_fixed", "随手整", cases.VERIFYING)],
        ["处置人不能核查、不能回头看自己处置的问题；社区（村）只能核查自查自改的问题（`rules.py`）。",
         "「随手整」退回返工后按一般问题办理。「群众不满意退回」由上报人凭查询码办理，「升级提醒」由后台按督办阶梯办理，都不要权限。",
         "退单、申请延期、申请挂账都要写依据；退单期间和挂账期间停表。"],
    ),
    Flow(
        "督办单", "wenming/records/cases/states.py", cases.ORDER_STATES, cases.ORDER_STEPS.values(),
        [("draft", "拟制（人工，或两次督查、超期、返工三次时自动）", cases.DRAFT)],
        ["督办单只由人签发，系统只拟稿。编号在签发时取，连号不跳号。答复的人不能核查销号。"],
    ),
    Flow(
        "公文", "wenming/outcomes/documents/states.py", documents.STATES, documents.STEPS.values(),
        [("draft", "起草", documents.DRAFT)],
        ["起草、修改过的人不能审核，也不能签发。签发以后数字、清单、照片都固定，不再随账变动。",
         "「起草更正」另立一份公文，原文不动。"],
    ),
    Flow(
        "公文签收", "wenming/outcomes/documents/states.py", documents.RECEIPT_STATES, documents.RECEIPT_STEPS.values(),
        [("issue", "印发时，每个送达单位一条", documents.SENT)],
        ["只有收文单位自己的人能签收、回复；发文的创城办只登记纸质签收、退回没说清的回复（`rules.py`）。",
         "公文撤销以后不用再签收、回复。文种写明不要书面回复的，签收即完成。"],
    ),
    Flow(
        "考核", "wenming/outcomes/appraisals/states.py", appraisals.STATES, appraisals.STEPS.values(),
        [("compute", "计算（人工，或每夜自动）", appraisals.COMPUTED)],
        ["申诉只能由被考核的单位对自己的成绩单提出；裁定的人不能是该单位的人，也不能经手过那件事（`rules.py`）。",
         "「更正」另立一期，同样公示、申诉，公布时冲销原来的账；原来那一期变为「已被更正」。",
         "后果只是建议，由人写明依据后确认；黑榜问题全部整改核查通过的，每夜自动下榜。"],
    ),
]  # fmt: skip


def page() -> str:
    """The whole page as Markdown."""
    parts = [
        "# 流程：状态和转移",
        "",
        f"<!-- 由 {COMMAND} 从 states.py 生成，不要手改；tests/architecture/test_docs.py 核对。 -->",
        "",
        "每个动作只查自己那一行：现在的状态在「从」里，人有「权限」，才办得成。「从」以外的状态一律拒绝，"
        "并告诉第二个人是谁先办了。标识符的中文见 [glossary.md](glossary.md)。",
    ]
    for flow in FLOWS:
        parts += _section(flow)
    return "\n".join(parts) + "\n"


def _section(flow: Flow) -> list[str]:
    return [
        "", f"## {flow.title}", "", f"出处：[`{flow.source}`](../{flow.source})", "",
        "```mermaid", *_diagram(flow), "```", "",
        *_begins(flow), "", *_steps(flow), "", *(f"- {note}" for note in flow.notes),
    ]  # fmt: skip


def _diagram(flow: Flow) -> list[str]:
    """A state diagram; steps that change no state are left to the table."""
    lines = ["stateDiagram-v2"]
    lines += [f'  state "{name}" as {code}' for code, name in flow.states]
    lines += [f"  [*] --> {state} : {name}" for _, name, state in flow.begins]
    lines += [
        f"  {start} --> {step.to_state} : {step.name}"
        for step in flow.steps
        if step.to_state is not None
        for start in step.from_states
        if start != step.to_state
    ]
    leaving = {start for step in flow.steps if step.to_state for start in step.from_states}
    lines += [f"  {code} --> [*]" for code, _ in flow.states if code not in leaving]
    return lines


def _begins(flow: Flow) -> list[str]:
    names = dict(flow.states)
    return ["| 开始 | 代码 | 进入 |", "|---|---|---|"] + [
        f"| {name} | `{code}` | {names[state]} |" for code, name, state in flow.begins
    ]


def _steps(flow: Flow) -> list[str]:
    names = dict(flow.states)
    lines = ["| 步骤 | 代码 | 从 | 到 | 权限 | 有这个权限的角色 |", "|---|---|---|---|---|---|"]
    for step in flow.steps:
        start = "、".join(names[code] for code in step.from_states)
        end = names[step.to_state] if step.to_state else "（不变）"
        needs = _needs(step)
        allowed = "；".join(f"{PERMISSIONS[need]} `{need}`" for need in needs) or "—"
        lines.append(f"| {step.name} | `{step.code}` | {start} | {end} | {allowed} | {_holders(needs)} |")
    return lines


def _needs(step: Any) -> tuple[Any, ...]:
    if hasattr(step, "permissions"):
        return tuple(step.permissions)
    return (step.permission,) if step.permission is not None else ()


def _holders(needs: tuple[Any, ...]) -> str:
    return "、".join(role.name for role in ROLES.values() if set(needs) & role.permissions) or "—"


def main() -> int:
    parser = argparse.ArgumentParser(description="由 states.py 生成 docs/workflow.md")
    parser.add_argument("--check", action="store_true", help="只核对，不写")
    wanted, text = parser.parse_args(), page()
    if not wanted.check:
        PAGE.write_text(text, encoding="utf-8")
        return 0
    if PAGE.exists() and PAGE.read_text(encoding="utf-8") == text:
        return 0
    print(f"docs/workflow.md 与 states.py 不一致，请运行 {COMMAND}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
