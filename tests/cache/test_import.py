"""An import goes past the repositories: everything that is cached anywhere ends with it."""

from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.commands.import_file import import_file
from app.commands.import_targets import TARGETS
from app.config.settings import Settings
from app.infrastructure.import_files.rejected_file import RejectedFile
from devtools.valkey import PrivateValkey
from tests.cache.conftest import OpenMachine
from tests.products.making import make_new_product

CSV = """sku,name,category,unit,business_unit,location,price,product_type
NB-1,Laptop,Notebooks,Piece,Workplace,EU,2.50,HW
"""


@pytest.mark.parametrize("name", ["here", "there"], ids=["this machine", "another machine"])
async def test_what_was_imported_is_read_by_all(
    name: str, open_machine: OpenMachine, valkey: PrivateValkey, settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "rows.csv"
    file.write_text(CSV)
    own = settings.model_copy(update={"redis_url": SecretStr(valkey.url)})
    async with open_machine(name, valkey.url) as machine:
        product = await machine.products.add(make_new_product(sku="NB-1"))
        await machine.products.get(product.id)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("tempfile.tempdir", str(tmp_path / "here"))
            (tmp_path / "here").mkdir(exist_ok=True)
            await import_file(
                file,
                target=TARGETS["products"],
                settings=own,
                rejected=RejectedFile([tmp_path / "rejected.csv"]),
            )

        assert (await machine.products.get(product.id)).price == Decimal("2.50")
