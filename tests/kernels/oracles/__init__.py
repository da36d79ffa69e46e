# SPDX-License-Identifier: Apache-2.0
"""What every fixed operation must come to, by Pillow 9.4 or, where it has no such thing, by numpy.

A module of this folder has a dict ORACLES of operation names to oracles; all of them are merged here, so a new
module needs no edit."""
import importlib
import pkgutil

from oracles.oracle import Oracle  # noqa: F401

ORACLES = {}
for _module in pkgutil.iter_modules(__path__):
    for _name, _oracle in getattr(importlib.import_module("oracles." + _module.name), "ORACLES", {}).items():
        assert _name not in ORACLES, _name + " has two oracles"
        ORACLES[_name] = _oracle
