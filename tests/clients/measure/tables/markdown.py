"""Tables as Markdown."""


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def code(text):
    return f"`{text}`"


def listed(values):
    return ", ".join(values) or "nothing"
