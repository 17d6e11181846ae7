"""A spreadsheet of families as a center receives it, made into intake forms.

Never: record anything; reading a sheet is pure, recording is recordIntake's.
"""
