"""create_app(): the one place where everything is wired."""

from __future__ import annotations

from flask import Flask
from flask_migrate import Migrate

from marketplace import __version__
from marketplace.api.http import limits, problems, request_log, security_headers
from marketplace.api.http.description import DescribedApi
from marketplace.api.http.sign_in import login_manager
from marketplace.api.v1 import BLUEPRINTS, docs, health, metrics, single_sign_on
from marketplace.config import Settings, migrations_folder
from marketplace.jobs.own_runs import OwnRuns
from marketplace.shared.clock import Clock, utc_now
from marketplace.shared.database import db
from marketplace.shared.metrics import HttpFigures
from marketplace.watching import tracing
from marketplace.wiring import subscribe_all

migrate = Migrate(render_as_batch=True, compare_type=True)


def create_app(settings: Settings | None = None, *, clock: Clock = utc_now) -> Flask:
    """Build the application.

    ``settings`` default to those of the environment; ``clock`` tells the time to the delivery code.
    """
    settings = settings or Settings.from_environment()
    app = Flask("marketplace", static_folder=None)
    app.config.from_mapping(settings.flask())
    app.config.from_mapping(
        API_TITLE="长单 Changdan",
        API_VERSION=__version__,
        OPENAPI_VERSION="3.0.3",
        OPENAPI_URL_PREFIX="/api/v1",
        OPENAPI_SWAGGER_UI_PATH="/docs",
        OPENAPI_SWAGGER_UI_URL=docs.ASSETS_URL,
        OPENAPI_SWAGGER_UI_CONFIG={"validatorUrl": None},  # else the page asks an outside service for a badge
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.extensions["changdan-settings"] = settings
    app.extensions["changdan-clock"] = clock
    app.extensions["changdan-runs"] = OwnRuns()
    app.extensions["changdan-figures"] = figures = HttpFigures()
    request_log.register(app, figures)
    db.init_app(app)
    migrate.init_app(app, db, directory=str(migrations_folder()))
    login_manager.init_app(app)
    security_headers.register(app, https=settings.https)
    api = DescribedApi(app, spec_kwargs=docs.spec(settings))
    docs.register(app, api)
    app.register_blueprint(health.blueprint)
    metrics.register(app, settings)
    for blueprint in BLUEPRINTS:
        api.register_blueprint(blueprint, url_prefix=f"/api/v1{blueprint.url_prefix or ''}")
    single_sign_on.register(app, settings)
    problems.register(app)
    limits.register(app, settings)
    tracing.register(app)
    subscribe_all()
    return app
