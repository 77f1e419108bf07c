"""Every module of this folder, or nothing of it would be registered."""

from races.admin import editions as editions
from races.admin import merging as merging
from races.admin import parts as parts
from races.admin import races as races
from races.admin import saving as saving
from races.admin import versions as versions
