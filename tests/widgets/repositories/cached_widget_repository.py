from app.repositories.shared.cached_records import CachedTable
from app.repositories.shared.cached_repository import CachedRepository
from tests.widgets.models.widget import NewWidget, Widget


class CachedWidgetRepository(CachedRepository[NewWidget, Widget]):
    table = CachedTable("widgets", Widget)
