"""Texts of the template are adapted to the identity of a copy."""

import pytest

from devtools.copying.identity import Identity, new_identity, renamed, require_distinctive
from devtools.domain.refusal import RefusedError

OLD = Identity(title="Old Service", version="3.1.4", description="All that is old.", port=9000)
NEW = new_identity("New Name", 8123)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# Old Service", "# New Name"),
        ("name = old-service", "name = new-name"),
        ("postgresql://old_service:x@host/old_service", "postgresql://new_name:x@host/new_name"),
        (
            'text = "All that is old."',
            'text = "New Name: a layered, asynchronous REST microservice."',
        ),
        ("<http://127.0.0.1:9000/docs>", "<http://127.0.0.1:8123/docs>"),
        ("http://localhost:9000 and :90001", "http://localhost:8123 and :90001"),
        ("uvicorn --port 9000", "uvicorn --port 8123"),
        ("__port__ = 9000", "__port__ = 8123"),
        ('CMD ["uvicorn", "--port", "9000"]', 'CMD ["uvicorn", "--port", "8123"]'),
        ("USER 1\nEXPOSE 9000 9100", "USER 1\nEXPOSE 8123 9100"),
        ("- containerPort: 9000", "- containerPort: 8123"),
        ('target: 9000\npublished: "9000"', 'target: 8123\npublished: "8123"'),
        ("9000 rows", "9000 rows"),
        ("ARG X\nARG VERSION=3.1.4", "ARG X\nARG VERSION=0.1.0"),
        ('    newTag: "3.1.4"', '    newTag: "0.1.0"'),
        ("queueName: queue_old-service", "queueName: queue_new-name"),
        ('__version__ = "3.1.4"', '__version__ = "0.1.0"'),
        ('a = 1\nversion = "3.1.4"', 'a = 1\nversion = "0.1.0"'),
        ("fastapi 3.1.4", "fastapi 3.1.4"),
        ("Old Services and bold-service", "Old Services and bold-service"),
        ("old_service_test", "old_service_test"),
    ],
)
def test_every_name_of_the_template_is_replaced_in_a_copy(text: str, expected: str) -> None:
    assert renamed(text, NEW, OLD) == expected


@pytest.mark.parametrize("title", ["a", "App", "Test", "Docs", "Orders", "Api", "Service"])
def test_a_common_word_is_not_a_name(title: str) -> None:
    with pytest.raises(RefusedError, match="common word"):
        require_distinctive(new_identity(title, 8123))
