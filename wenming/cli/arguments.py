"""Every command with its options and its help, in Chinese. Nothing here needs Django."""

import argparse
import re
from importlib.metadata import version
from typing import Any, NoReturn

IMPORTS = {
    "units": "单位", "people": "人员岗位", "places": "点位", "cases": "问题清单", "journals": "工作台账",
}  # fmt: skip
EXPORTS = {
    "cases": "问题",
    "ledger": "一本账分录",
    "units": "单位",
    "places": "点位",
    "all": "全部（CSV、JSON 和照片，一个 ZIP）",
}

# What argparse says in English, and what we say instead.
_WORDS: list[tuple[str, str]] = [
    (r"the following arguments are required: (.*)", r"缺少参数：\1"),
    (r"unrecognized arguments: (.*)", r"不认识的参数：\1"),
    (r"argument (.*?): invalid choice: (.*?) \(choose from (.*)\)", r"参数 \1 不能是 \2，可选：\3"),
    (r"argument (.*?): expected one argument", r"参数 \1 后面要跟一个值"),
    (r"argument (.*?): expected (\d+) arguments?", r"参数 \1 后面要跟 \2 个值"),
    (r"argument (.*?): expected at least one argument", r"参数 \1 后面至少要跟一个值"),
    (r"argument (.*?): invalid \w+ value: (.*)", r"参数 \1 应是数字，不能是 \2"),
    (r"argument (.*?): not allowed with argument (.*)", r"参数 \1 不能和 \2 同时用"),
    (r"argument (.*?): ignored explicit argument (.*)", r"参数 \1 不带值，多了 \2"),
    (r"ambiguous option: (.*?) could match (.*)", r"参数 \1 不明确，可能是 \2"),
]


class Usage(Exception):
    """The line cannot be understood. `message` is one Chinese sentence; str() adds the short usage."""

    def __init__(self, message: str, usage: str) -> None:
        super().__init__(f"{message}\n{usage}".strip())
        self.message = message


class _Formatter(argparse.RawDescriptionHelpFormatter):
    def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: str | None = None) -> None:
        super().add_usage(usage, actions, groups, "用法：" if prefix is None else prefix)


class Parser(argparse.ArgumentParser):
    """argparse in Chinese; a wrong line raises Usage instead of ending the process."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**{"formatter_class": _Formatter, "add_help": False, "allow_abbrev": False, **more})
        self._positionals.title = "参数"
        self._optionals.title = "选项"
        self.add_argument("-h", "--help", action="help", help="显示这份说明")
        self.add_argument("--json", action="store_true", help="最后一行输出一个 JSON 对象，供程序读取")

    def error(self, message: str) -> NoReturn:
        for pattern, said in _WORDS:
            found = re.fullmatch(pattern, message, re.DOTALL)
            if found:
                message = found.expand(said)
                break
        raise Usage(f"用法不对：{message}。用 --help 看说明。", self.format_usage().strip())


def build(*, demo: Any = None) -> Parser:
    """The parser of the whole command line. `demo`: the module wenming.cli.demo, when the demo is asked for."""
    parser = Parser(
        prog="wenming",
        description="创城一本账：命令行工具。",
        epilog="退出码：0 成功，1 被拒绝或失败，2 用法不对。配置都用 WENMING_ 开头的环境变量，见 docs/operations.md。",
    )
    parser.add_argument(
        "--version", action="version", version=f"创城一本账 {version('wenming')}", help="显示版本"
    )
    commands = parser.add_subparsers(title="命令", metavar="命令", parser_class=Parser)
    for make in (_init, _serve, _worker):
        make(commands)
    if demo is not None:
        demo.add_parser(commands)
        commands.choices["demo"].set_defaults(module="demo")
    else:
        _command(commands, "demo", "demo", "造一个演示乡镇并启动网站", "")
    for make in (
        _load_pack,
        _import,
        _export,
        _ledger,
        _score,
        _document,
        _parcel,
        _backup,
        _restore,
        _check,
    ):
        make(commands)
    return parser


def _command(commands: Any, name: str, module: str, summary: str, more: str) -> Parser:
    made: Parser = commands.add_parser(name, help=summary, description=f"{summary}。{more}")
    made.set_defaults(module=module)
    return made


def _init(commands: Any) -> None:
    made = _command(
        commands, "init", "init", "建库、装入规则包；空库可同时建首个县、镇和三类管理员",
        "可以重复运行，已有的不变。管理员的初始口令只显示这一次。",
    )  # fmt: skip
    made.add_argument("--county", metavar="名称", help="县（市、区）的名称，如 平川县")
    made.add_argument("--code", metavar="代码", help="县的 6 位区划代码，如 350599")
    made.add_argument("--town", metavar="名称", help="首个镇（街道）的名称，如 安和镇；可不填")
    made.add_argument("--town-code", metavar="代码", help="镇的 9 位区划代码，如 350599100")
    made.add_argument(
        "--phones",
        nargs=3,
        metavar=("系统", "安全", "审计"),
        help="系统、安全、审计三位管理员的手机号（登录用）",
    )


def _serve(commands: Any) -> None:
    made = _command(commands, "serve", "serve", "启动网站（同时启动后台任务）", "Ctrl-C 或 SIGTERM 停止。")
    made.add_argument("--host", default="127.0.0.1", help="监听地址，默认 127.0.0.1；对外用 0.0.0.0")
    made.add_argument("--port", type=int, default=8000, help="端口，默认 8000")
    made.add_argument("--workers", type=int, default=1, help="网站进程数，默认 1（SQLite 只用 1）")
    made.add_argument("--threads", type=int, default=8, help="每个进程的线程数，默认 8")
    made.add_argument("--no-worker", action="store_true", help="不启动后台任务（另用 wenming worker 启动）")


def _worker(commands: Any) -> None:
    made = _command(
        commands,
        "worker",
        "worker",
        "执行后台任务：照片处理、提醒、每日摘要、升级、校验",
        "收到 SIGTERM 做完手上的一项后停止。",
    )
    made.add_argument("--once", action="store_true", help="把到期的任务做完就退出")
    made.add_argument(
        "--lease", type=float, metavar="秒", help="任务租约，默认 300 秒；进程被杀后过了租约由别人接着做"
    )
    made.add_argument("--no-schedule", action="store_true", help="不安排定时任务，只做队列里的")
    made.add_argument("--parent", type=int, help=argparse.SUPPRESS)


def _load_pack(commands: Any) -> None:
    made = _command(
        commands,
        "load-pack",
        "load_pack",
        "装入规则包（标准、科目、指标、日历等）",
        "先检查全部文件，有错指出文件和行号；同一版本重复装入不变。",
    )
    made.add_argument("files", nargs="+", metavar="文件", help="规则包 .yaml，或放规则包的目录")


def _import(commands: Any) -> None:
    made = _command(
        commands,
        "import",
        "imports",
        "从表格导入单位、人员、点位、问题、工作台账",
        "先预检，一次列出全部错误；有错时不导入，除非加 --partial。",
    )
    made.add_argument(
        "kind",
        choices=IMPORTS,
        metavar="种类",
        help="、".join(f"{key} {name}" for key, name in IMPORTS.items()),
    )
    made.add_argument("file", metavar="文件", help=".xlsx、.xls 或 .csv；用 --template 时是要写出的模板")
    made.add_argument("--dry-run", action="store_true", help="只预检，不导入")
    made.add_argument("--partial", action="store_true", help="有错的行跳过，其余导入")
    made.add_argument(
        "--bad", metavar="文件", help="把有错的行写到这个 .xlsx（标红并写明原因），改好可再导入"
    )
    made.add_argument("--by", metavar="手机号", help="以谁的名义导入；导入问题、工作台账时必填")
    made.add_argument("--journal", metavar="类目", help="工作台账的类目代码或名称，如 meeting、会议")
    made.add_argument("--template", action="store_true", help="不导入，只写出空白模板")


def _export(commands: Any) -> None:
    made = _command(commands, "export", "exports", "导出数据", "数据归用户所有，随时可以全部带走。")
    made.add_argument(
        "kind",
        choices=EXPORTS,
        metavar="种类",
        help="、".join(f"{key} {name}" for key, name in EXPORTS.items()),
    )
    made.add_argument("out", metavar="文件", help="要写出的文件：.xlsx，全部导出为 .zip")
    made.add_argument("--unit", metavar="编码", help="只导出这个单位及下级（不用于 all）")
    made.add_argument("--force", action="store_true", help="文件已存在时覆盖")


def _ledger(commands: Any) -> None:
    made: Parser = commands.add_parser(
        "ledger", help="校验一本账，查询指标", description="校验一本账，查询指标。"
    )
    below = made.add_subparsers(title="命令", metavar="命令", parser_class=Parser, required=True)
    verify = below.add_parser(
        "verify", help="校验账目和历史没有被改动", description="校验分录链、冲销、日合计和历史链。"
    )
    verify.set_defaults(module="ledger", verify=True)
    query = below.add_parser(
        "query", help="查询一个指标", description="查询一个指标：数值、分子、分母和分录条数。"
    )
    query.set_defaults(module="ledger", verify=False)
    query.add_argument("metric", metavar="指标", help="指标代码，见「标准与规则」")
    query.add_argument("--unit", required=True, metavar="编码", help="单位编码，含下级")
    query.add_argument("--period", required=True, metavar="期间", help="如 2026-W47、2026-11、2026-Q4、2026")


def _score(commands: Any) -> None:
    made: Parser = commands.add_parser(
        "score", help="考核评分：检查规则书，按规则书算分", description="考核评分，见 docs/scoring.md。"
    )
    below = made.add_subparsers(title="命令", metavar="命令", parser_class=Parser, required=True)
    check = below.add_parser("check", help="检查规则书", description="检查规则书，每处错误指出文件和行号。")
    check.set_defaults(module="score", check=True)
    check.add_argument("books", nargs="+", metavar="规则书", help="规则书 .yaml")
    run = below.add_parser(
        "run", help="按规则书算分", description="按规则书和事件文件算分，每一分都写出算式；不读也不写数据库。"
    )
    run.set_defaults(module="score", check=False)
    run.add_argument("book", metavar="规则书", help="规则书 .yaml")
    run.add_argument("--events", required=True, metavar="文件", help="单位和事件 .jsonl，一行一个")
    run.add_argument("--period", required=True, metavar="期间", help="如 2026-10")
    run.add_argument("--as-of", metavar="日期", help="只用到这一天为止记入的事件，如 2026-11-05；默认今天")
    run.add_argument("--history", metavar="文件", help="以前各期的成绩单 .jsonl（本命令 --json 的输出）")
    _rounds(below)


def _rounds(below: Any) -> None:
    """What the desk does with books and rounds, at the machine's own command line."""

    def one(deed: str, summary: str, more: str) -> Parser:
        made: Parser = below.add_parser(deed, help=summary, description=f"{summary}。{more}")
        made.set_defaults(module="rounds", deed=deed)
        return made

    adopt = one(
        "adopt", "采用一本规则书", "有错一条也不写；同一版本、同样内容再采用一次不变；采用后不能再改。"
    )
    adopt.add_argument("book", metavar="规则书", help="规则书 .yaml")
    compute = one("compute", "从一本账计算一期考核", "还没公示的可以反复计算；公示、公布在工作台办理。")
    compute.add_argument("--book", required=True, metavar="代号", help="规则书的代号（id）")
    compute.add_argument("--period", required=True, metavar="期间", help="如 2026-10、2026-W47、2026-Q4")
    for made in (adopt, compute):
        made.add_argument("--unit", required=True, metavar="编码", help="哪个镇，如 350599100")
        made.add_argument("--by", metavar="手机号", help="以谁的名义办理；不写记为系统")
    verify = one(
        "verify",
        "重算已公布的各期考核，核对成绩单",
        "用当时的规则书和当时的账重算；有一张不一致，退出码为 1。",
    )
    verify.add_argument("--unit", metavar="编码", help="只核对这个镇，或这个县的各镇")


def _parcel(commands: Any) -> None:
    made: Parser = commands.add_parser(
        "parcel",
        help="县镇之间用 U 盘传的数据包：问题下发、整改回复、台账上报",
        description="县和镇的系统不在一个网上时用。口令由双方电话约定，从 --word-file 或环境变量 WENMING_PARCEL_WORD 读。",
    )
    below = made.add_subparsers(title="命令", metavar="命令", parser_class=Parser, required=True)
    out = below.add_parser(
        "out", help="封一个数据包", description="封一个数据包：县发问题，镇发回复、报台账。"
    )
    out.add_argument("file", metavar="文件", help="要写出的数据包，如 问题-安和镇.wmparcel")
    out.add_argument(
        "--kind", required=True, choices=("problems", "answers", "records"), metavar="内容",
        help="problems 县里指出的问题（县发镇），answers 整改回复（镇发县），records 台账上报（镇发县）",
    )  # fmt: skip
    out.add_argument("--unit", metavar="编码", help="关于哪个镇；只有一个镇时可不填")
    out.add_argument("--since", metavar="日期", help="从哪天发现的问题起，如 2026-11-01；不写是近 90 天")
    take = below.add_parser("in", help="收一个数据包", description="收一个数据包；重复收不变。")
    take.add_argument("file", metavar="文件", help="对方封的数据包")
    for one, name in ((out, "out"), (take, "in")):
        one.set_defaults(module="parcel", direction=name)
        one.add_argument("--by", required=True, metavar="手机号", help="以谁的名义收发")
        one.add_argument("--word-file", metavar="文件", help="第一行是封包口令的文件")


def _document(commands: Any) -> None:
    made: Parser = commands.add_parser("document", help="生成公文", description="生成公文。")
    below = made.add_subparsers(title="命令", metavar="命令", parser_class=Parser, required=True)
    make = below.add_parser(
        "make", help="生成一份公文草稿及附件", description="生成公文（Word、PDF）和问题清单（Excel）。"
    )
    make.set_defaults(module="document")
    make.add_argument("--kind", required=True, metavar="种类", help="公文种类，如 bulletin（督查通报）")
    make.add_argument("--period", required=True, metavar="期间", help="如 2026-W47")
    make.add_argument("--out", required=True, metavar="目录", help="写到哪个目录")
    make.add_argument("--unit", metavar="编码", help="哪个镇；只有一个镇时可不填")
    make.add_argument("--by", metavar="手机号", help="以谁的名义起草")


def _backup(commands: Any) -> None:
    made = _command(
        commands,
        "backup",
        "backup",
        "备份到一个文件：数据库、照片和规则包",
        "网站可以照常运行；文件里每一部分都有 SHA-256。",
    )
    made.add_argument("file", metavar="文件", help="要写出的 .tar")
    made.add_argument("--portable", action="store_true", help="SQLite 也用通用格式备份，可恢复到 PostgreSQL")
    made.add_argument("--no-files", action="store_true", help="不含照片等文件")
    made.add_argument("--force", action="store_true", help="文件已存在时覆盖")


def _restore(commands: Any) -> None:
    made = _command(
        commands,
        "restore",
        "restore",
        "从备份恢复",
        "先停止网站。校验备份的每一部分，恢复后再校验一本账和历史。",
    )
    made.add_argument("file", metavar="文件", help="wenming backup 写出的 .tar")
    made.add_argument(
        "--force", action="store_true", help="当前库不空也恢复（SQLite 旧库改名保留，PostgreSQL 清空）"
    )


def _check(commands: Any) -> None:
    made = _command(
        commands,
        "check",
        "check",
        "检查配置、规则包、存储、数据库和案卷期限",
        "每项一行，✗ 的后面写明怎么办。",
    )
    made.add_argument("--all", action="store_true", help="核对全部案卷的期限，默认抽查 200 件")
