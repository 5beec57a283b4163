"""Arithmetic of our own, where the engines at hand leave a processor idle."""
