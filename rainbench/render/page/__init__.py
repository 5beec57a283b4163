"""The interactive page: what it holds, the pictures beside it, and its template, script, style."""
