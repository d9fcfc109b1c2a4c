"""Documents of a made-up township, as the layout tests render them."""

import io
from datetime import date

from PIL import Image, ImageDraw

from wenming.outcomes.documents.layout import numbers
from wenming.outcomes.documents.layout.spec import (
    Attachment,
    Attendance,
    Block,
    Column,
    Heading,
    Letterhead,
    Official,
    Paragraph,
    Photo,
    PhotoPair,
    Run,
    Table,
    runs,
)

ISSUED = date(2026, 11, 22)


def picture(width: int = 1600, height: int = 1200, *, seed: int = 0, kind: str = "JPEG") -> bytes:
    """A drawn street scene; the red frame at its edge shows whether anything was cropped."""
    sky = (150 + seed * 7 % 80, 190, 230)
    image = Image.new("RGB", (width, height), sky)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, height * 0.62, width, height), fill=(120, 120, 118))
    for number in range(4):
        left = width * (0.05 + number * 0.24)
        tall = height * (0.2 + (seed + number) * 37 % 30 / 100)
        draw.rectangle(
            (left, height * 0.62 - tall, left + width * 0.18, height * 0.62),
            fill=(200 - number * 20, 170, 140),
        )
    draw.ellipse((width * 0.4, height * 0.72, width * 0.6, height * 0.85), fill=(60, 80 + seed % 100, 60))
    draw.rectangle((0, 0, width - 1, height - 1), outline=(200, 0, 0), width=max(4, width // 100))
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()


def problem_table(rows: int, *, landscape: bool = False) -> Table:
    """A problem list as it stands in the annex of a bulletin."""
    columns = (
        Column("序号"),
        Column("点位", align="left"),
        Column("问题描述", align="left"),
        Column("责任单位"),
        Column("时限"),
        Column("状态"),
    )
    streets = ("凤山路与解放路口东侧", "新安街12号前", "中山农贸市场北门", "河滨南路公厕旁")
    faults = (
        "2辆电动车未入线停放",
        "人行道地砖破损3块，积水约1平方米",
        "垃圾桶满溢，周边散落生活垃圾约2平方米，商户将杂物堆放在消防通道口",
        "墙面小广告5处",
    )
    lines = tuple(
        (
            str(number),
            streets[number % 4],
            faults[number % 4],
            f"{'凤山新安中山河滨'[number % 4 * 2 : number % 4 * 2 + 2]}社区",
            "11月25日",
            "已整改" if number % 3 else "超期",
        )
        for number in range(1, rows + 1)
    )
    return Table(columns, lines, title="问题清单", unit_note="单位：处", landscape=landscape)


def bulletin(*, rows: int = 40, pairs: int = 5, copies: bool = True) -> Official:
    """A weekly bulletin with headings, a table annex and photo pages."""
    count = numbers.Counter()
    blocks: list[Block] = [
        Paragraph(
            runs(
                "按照《城关镇创建全国文明城市督查办法》，镇创城办于11月16日至11月22日组织第12期督查，共检查点位",
                Run("86", figure="points"),
                "处，发现问题",
                Run("50", figure="found"),
                "处，已整改",
                Run("41", figure="fixed"),
                "处，整改率",
                Run("82.0%", figure="rate"),
                "。现将有关情况通报如下。",
            )
        )
    ]
    for title, subs in (
        ("督查情况", ("点位检查情况", "整改落实情况")),
        ("存在问题", ("凤山社区", "新安社区", "中山社区", "河滨社区")),
        ("有关要求", ("压实责任", "按时反馈", "举一反三")),
    ):
        blocks.append(Heading(1, runs(count.next(1), title)))
        for sub in subs:
            blocks.append(
                Heading(
                    2,
                    runs(count.next(2), sub, "。"),
                    runs(
                        "本周对主次干道、背街小巷、农贸市场、居民小区和公共广场等五类点位开展巡查，",
                        "发现的问题主要集中在车辆停放、环境卫生和公益广告破损三个方面，其中车辆停放",
                        Run("17", hand_typed=True),
                        "处，环境卫生21处。",
                    ),
                )
            )
            blocks.append(Heading(3, runs(count.next(3), "突出问题")))
            blocks.append(
                Paragraph(
                    runs("凤山路与解放路口东侧人行道2辆电动车未入线停放，同一点位一个月内被第二次发现。")
                )
            )
    shots = tuple(
        PhotoPair(
            Photo(picture(seed=number), f"整改前：11月{16 + number}日 09:{10 + number}"),
            Photo(
                picture(1200, 1600, seed=number + 3) if number == 2 else picture(seed=number + 3),
                "整改后：11月20日 15:30",
            )
            if number != 3
            else None,
            "凤山路与解放路口东侧人行道2辆电动车未入线停放（案卷2026110017）",
        )
        for number in range(pairs)
    )
    return Official(
        letterhead=Letterhead(issuer="城关镇创建全国文明城市工作领导小组办公室", suffix="文件"),
        number="城创城办〔2026〕12号",
        copy_no="000012" if copies else "",
        secrecy="内部★1年" if copies else "",
        urgency="加急" if copies else "",
        title="关于2026年第12期创建全国文明城市工作督查情况的通报",
        addressee="各社区（村），镇直各站所，各共建单位",
        blocks=tuple(blocks),
        attachments=(
            Attachment("2026年第12期督查问题清单", (problem_table(rows),)),
            Attachment("整改前后对比照片", shots),
        ),
        signature="城关镇创建全国文明城市工作领导小组办公室",
        dated=ISSUED,
        note="此件公开发布",
        cc=("县文明办", "县创城办", "镇党委、人大、政府各领导", "各挂钩共建单位", "镇纪委"),
        printed_by="城关镇创城办",
        printed_on=ISSUED,
    )


def letter() -> Official:
    """A letter that orders a rectification."""
    return Official(
        letterhead=Letterhead(kind="letter", issuer="城关镇人民政府"),
        number="城政函〔2026〕31号",
        urgency="特急",
        title="关于限期整改中山农贸市场周边环境问题的函",
        addressee="县城市管理局城关中队",
        blocks=tuple(
            Paragraph(
                runs(
                    "近期督查发现，中山农贸市场北门连续两次出现占道经营、垃圾堆放问题，请于11月30日前完成整改并书面反馈。"
                    * 3
                )
            )
            for _ in range(6)
        ),
        signature="城关镇人民政府",
        dated=ISSUED,
        sealed=False,
        cc=("县创城办",),
    )


def minutes() -> Official:
    """Minutes of the weekly meeting."""
    return Official(
        letterhead=Letterhead(kind="minutes", issuer="城关镇创城工作例会", suffix="纪要"),
        number="第18期",
        title="城关镇创城工作第18次周例会纪要",
        blocks=(
            Paragraph(runs("11月21日下午，镇党委副书记王建国主持召开创城工作例会。现将议定事项纪要如下。")),
            Heading(1, runs("一、关于背街小巷整治")),
            Paragraph(runs("会议要求各社区对照问题清单逐条销号，由镇创城办每周五通报进度。" * 4)),
            Heading(1, runs("二、关于挂账问题")),
            Paragraph(runs("会议明确，因立项、权限等原因暂不能整改的问题，应当写明接手单位和预计时间。" * 4)),
        ),
        attendance=Attendance(
            present=tuple(
                f"{unit}{name}"
                for unit, name in zip(
                    ("党政办", "创城办", "城管中队", "凤山社区", "新安社区", "中山社区"),
                    ("王建国", "李明", "赵外镇", "陈小兰", "林志强", "黄丽"),
                    strict=True,
                )
            ),
            excused=("河滨社区吴健（病假）",),
            sitting_in=("县文明办郑科长",),
        ),
        dated=ISSUED,
        cc=("各社区（村），镇直各站所",),
        printed_by="城关镇党政办公室",
    )


def full_pages() -> Official:
    """Bare text without punctuation, to count lines and characters."""
    return Official(
        letterhead=Letterhead(issuer="城关镇人民政府", suffix="文件"),
        number="城政〔2026〕7号",
        title="版面计数样张",
        addressee="各社区",
        blocks=(Paragraph(runs("创建全国文明城市为了人民" * 190)),),
        signature="城关镇人民政府",
        dated=ISSUED,
        cc=("县创城办",),
        printed_by="城关镇党政办公室",
    )


def joint() -> Official:
    """A joint report to a superior, with a turned table among its attachments."""
    return Official(
        letterhead=Letterhead(issuer=("中共城关镇委员会", "城关镇人民政府"), suffix="文件"),
        number="城委〔2026〕45号",
        signer="陈志远",
        title="关于2026年度创建全国文明城市工作情况的报告",
        addressee="县委、县政府：",
        blocks=(
            Heading(1, runs("一、工作情况")),
            Paragraph(
                runs("全年召开专题会议12次，组织集中整治36次，清理垃圾", Run("372", figure="rubbish"), "车。")
            ),
            Table(
                (Column("单位"), Column("问题数", align="right"), Column("整改率", align="right")),
                (("凤山社区", "120", "98.3%"), ("新安社区", "96", (Run("95.8%", figure="r2"),))),
                title="各社区整改情况",
                unit_note="单位：处",
                size=14,
            ),
        ),
        attachments=(
            Attachment("全年问题台账", (problem_table(28, landscape=True),)),
            Attachment("下一年度工作计划", (Paragraph(runs("持续推进背街小巷整治。")),)),
        ),
        signature="城关镇人民政府",
        dated=ISSUED,
        note="联系人：李明，电话：0595-12345678",
        cc=("县文明办",),
        printed_by="城关镇党政办公室",
        digits="times",
    )


def summary() -> Official:
    """A yearly summary without a red head."""
    return Official(
        letterhead=Letterhead(kind="plain", issuer="城关镇创城办"),
        number="（2026年度）",
        title="城关镇创建全国文明城市工作总结及2027年工作计划",
        blocks=(
            Heading(1, runs("一、工作情况")),
            Heading(2, runs("（一）高度重视。"), runs("今年以来召开专题会议", Run("12", figure="m"), "次。")),
            Heading(1, runs("二、下一步打算")),
            Paragraph(runs("一是强化组织领导。二是加强沟通协调。")),
        ),
        signature="城关镇创城办",
        dated=ISSUED,
        sealed=False,
    )
