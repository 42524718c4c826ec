"""The label store: the only room that knows SQL.

Rows never leave it; callers get the frozen values of :mod:`hrm_core.records`.
Import :class:`hrm_core.store.label_store.LabelStore` where it is used: it brings
SQLAlchemy with it.
"""
