"""The fixed parts of the file: styles and settings. No theme; every default names its faces."""

from wenming.outcomes.documents.layout import measure
from wenming.outcomes.documents.layout.package import NAMESPACES
from wenming.outcomes.documents.layout.wordml import Look

# Grid off, no squeezed punctuation, no gap between Chinese and digits: else a line
# does not hold 28 characters (handbook §6.6.8). No widow control: else a page does not hold 22 lines.
# Hanging punctuation stays on, as Word has it: switched off, LibreOffice 7.4 swallows the mark at a line's end.
_PARAGRAPH = (
    '<w:widowControl w:val="0"/><w:kinsoku/><w:overflowPunct/>'
    '<w:autoSpaceDE w:val="0"/><w:autoSpaceDN w:val="0"/><w:adjustRightInd w:val="0"/><w:snapToGrid w:val="0"/>'
    f'<w:spacing w:before="0" w:after="0" w:line="{measure.twips(measure.LINE)}" w:lineRule="exact"/>'
    '<w:jc w:val="both"/>'
)
HEADING_FACES = {1: measure.HEI, 2: measure.KAI, 3: measure.FANGSONG, 4: measure.FANGSONG}


def styles() -> str:
    """The styles part: Normal, headings 1–4 (for the navigation pane), table, header and footer."""
    normal = Look().xml()
    default = normal.replace("</w:rPr>", '<w:lang w:val="en-US" w:eastAsia="zh-CN"/></w:rPr>')
    headings = "".join(
        f'<w:style w:type="paragraph" w:styleId="Heading{level}"><w:name w:val="heading {level}"/>'
        f'<w:basedOn w:val="Normal"/><w:next w:val="Normal"/><w:qFormat/>'
        f'<w:pPr><w:keepNext/><w:outlineLvl w:val="{level - 1}"/></w:pPr>{Look(face=face).xml()}</w:style>'
        for level, face in HEADING_FACES.items()
    )
    return (
        f"<w:styles {NAMESPACES}><w:docDefaults><w:rPrDefault>{default}</w:rPrDefault>"
        f"<w:pPrDefault><w:pPr>{_PARAGRAPH}</w:pPr></w:pPrDefault></w:docDefaults>"
        '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:qFormat/>'
        f"<w:pPr>{_PARAGRAPH}</w:pPr>{normal}</w:style>"
        '<w:style w:type="character" w:default="1" w:styleId="DefaultParagraphFont">'
        '<w:name w:val="Default Paragraph Font"/></w:style>'
        '<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/>'
        '<w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar><w:left w:w="0" w:type="dxa"/>'
        '<w:right w:w="0" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="Title"><w:name w:val="Title"/><w:basedOn w:val="Normal"/><w:qFormat/>'
        f'<w:pPr><w:jc w:val="center"/></w:pPr>{Look(face=measure.TITLE_SONG, size=measure.TITLE).xml()}</w:style>'
        f"{headings}</w:styles>"
    )


def settings() -> str:
    """The settings part: odd and even pages differ, punctuation is not squeezed, layout as in Word 2013 and later."""
    return (
        f"<w:settings {NAMESPACES}>"
        '<w:evenAndOddHeaders/><w:characterSpacingControl w:val="doNotCompress"/>'
        '<w:compat><w:compatSetting w:name="compatibilityMode" '
        'w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat>'
        "</w:settings>"
    )


# Family and substitutes that a computer without the named face should take (handbook §6.1).
_SUBSTITUTES = {
    measure.FANGSONG: "仿宋",
    measure.TITLE_SONG: "华文中宋",
    measure.HEI: "SimHei",
    measure.KAI: "楷体",
    measure.SONG: "SimSun",
}


def font_table() -> str:
    """The font table: the named faces and what to take where they are missing."""
    fonts = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{other}"/><w:charset w:val="86"/></w:font>'
        for name, other in _SUBSTITUTES.items()
    )
    return f"<w:fonts {NAMESPACES}>{fonts}</w:fonts>"
