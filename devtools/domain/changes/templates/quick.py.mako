"""${title}"""

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


def upgrade() -> None:
% for statement in upgrade:
${statement}
% endfor


def downgrade() -> None:
% if note:
    """${note}"""
% endif
% for statement in downgrade:
${statement}
% endfor
