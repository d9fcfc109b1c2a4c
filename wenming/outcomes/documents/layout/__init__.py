"""Official documents in the layout of GB/T 9704-2012: described once, written as Word, PDF and HTML.

A pure library: no database, no settings. Start at `spec.Official`; `docx.render` writes Word,
`pdf.convert` turns Word into PDF, `preview.html` shows the same document on screen, `checks.check` reads it over.
"""
