"""${title}

Nothing here blocks reads or writes for long, and a run that has failed can be repeated.
"""

from alembic import op

revision = "${revision}"
down_revision = "${down_revision}"
% if exempt:
exempt = {
% for rule, reason in exempt.items():
    "${rule}": "${reason}",
% endfor
}
% endif
<%def name="indexes(name, definitions)">\
${name} = {
% for index, definition in definitions.items():
% if definition:
    "${index}": """
        ${broken(definition, indent=8)}
    """,
% else:
    "${index}": "",
% endif
% endfor
}
</%def>\
<%def name="keys(name, definitions)">\
${name} = {
% for key, definition in definitions.items():
% if definition and len(definition[1]) > 40:
    "${key}": (
        "${definition[0]}",
        """
        ${broken(definition[1], indent=8)}
        """,
    ),
% else:
    "${key}": ${'("%s", "%s")' % (definition or ("", ""))},
% endif
% endfor
}
</%def>\
% if indexes_after:

# What each index is on; empty if there is none.
${indexes("INDEXES_AFTER", indexes_after)}\
${indexes("INDEXES_BEFORE", indexes_before)}\
% endif
% if keys_after:

# Kind and columns of each key; empty if there is none.
${keys("KEYS_AFTER", keys_after)}\
${keys("KEYS_BEFORE", keys_before)}\
% endif
<%def name="run(time, earlier, validated)">\
% if validated or indexes_after or keys_after:
    with op.get_context().autocommit_block():
        # It waits for open transactions, and no other statement waits for it.
        op.execute("SET lock_timeout = 0")
% for constraint in validated:
        op.execute("ALTER TABLE ${table} VALIDATE CONSTRAINT ${constraint}")
% endfor
% if indexes_after:
        _build_indexes(INDEXES_${time})
% endif
% if keys_after:
        _build_keys(KEYS_${time})
% endif
% if keys_after:
    _swap_keys(KEYS_${earlier}, KEYS_${time})
% endif
% else:
    """There is nothing to be done."""
% endif
</%def>\


def upgrade() -> None:
${run("AFTER", "BEFORE", validated_after)}\


def downgrade() -> None:
${run("BEFORE", "AFTER", validated_before)}\
% if indexes_after:


def _build_indexes(indexes: dict[str, str]) -> None:
    """Build each index beside the one of its name, which serves until it is replaced."""
    for name, definition in indexes.items():
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}_new")
        if definition:
            op.execute(f"CREATE INDEX CONCURRENTLY {name}_new {definition}")
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        if definition:
            op.execute(f"ALTER INDEX {name}_new RENAME TO {name}")
% endif
% if keys_after:


def _build_keys(keys: dict[str, tuple[str, str]]) -> None:
    for name, (_, columns) in keys.items():
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}_new")
        if columns:
            op.execute(f"CREATE UNIQUE INDEX CONCURRENTLY {name}_new ON ${table} {columns}")


def _swap_keys(old: dict[str, tuple[str, str]], new: dict[str, tuple[str, str]]) -> None:
    """Make constraints of the indexes that have been built; each takes the name of the old one."""
    for name, (kind, _) in new.items():
        actions = [f"DROP CONSTRAINT {name}"] if old[name][0] else []
        if kind:
            actions.append(f"ADD CONSTRAINT {name} {kind} USING INDEX {name}_new")
        op.execute(f"ALTER TABLE ${table} {', '.join(actions)}")
% endif
