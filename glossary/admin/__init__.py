"""Every module of this folder, or nothing of it would be registered."""

from glossary.admin import bulk as bulk
from glossary.admin import checks as checks
from glossary.admin import conflicts as conflicts
from glossary.admin import drafts as drafts
from glossary.admin import editing as editing
from glossary.admin import formats as formats
from glossary.admin import imports as imports
from glossary.admin import parts as parts
from glossary.admin import publishing as publishing
from glossary.admin import reports as reports
from glossary.admin import term_form as term_form
from glossary.admin import terms as terms
from glossary.admin import versions as versions
