"""An import bypasses the repositories, so it invalidates all caches."""

from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.config.settings import Settings
from devtools.valkey import PrivateValkey
from tests.support.cache_machines import OpenMachine
from tests.support.import_files import run_import_of
from tests.support.service import TARGETS
from tests.widgets.factories import make_new_widget

CSV = """code,name,category,price,kind
NB-1,Laptop,Notebooks,2.50,HW
"""


@pytest.mark.parametrize("name", ["here", "there"], ids=["this machine", "another machine"])
async def test_an_import_invalidates_all_caches(
    name: str, open_machine: OpenMachine, valkey: PrivateValkey, settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "rows.csv"
    file.write_text(CSV)
    own = settings.model_copy(update={"redis_url": SecretStr(valkey.url)})
    async with open_machine(name, valkey.url) as machine:
        widget = await machine.widgets.add(make_new_widget(code="NB-1"))
        await machine.widgets.get(widget.id)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("tempfile.tempdir", str(tmp_path / "here"))
            (tmp_path / "here").mkdir(exist_ok=True)
            await run_import_of(file, target=TARGETS["widgets"], settings=own)

        assert (await machine.widgets.get(widget.id)).price == Decimal("2.50")
