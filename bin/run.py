#!/usr/bin/env python3
"""`make run`: the environment, then the site. Ctrl-C ends it."""

import os

import environment

environment.ensure(environment.RUN)
os.execv(str(environment.PYTHON), [str(environment.PYTHON), str(environment.ROOT / 'bin' / 'serve.py')])
