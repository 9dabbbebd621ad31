from app.models.${n.plural}.${n.singular} import New${n.camel}, ${n.camel}
from app.repositories.shared.cached_records import CachedTable
from app.repositories.shared.cached_repository import CachedRepository


class Cached${n.camel}Repository(CachedRepository[New${n.camel}, ${n.camel}]):
    table = CachedTable("${n.plural}", ${n.camel})
