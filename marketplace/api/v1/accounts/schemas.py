"""What organisations, sites, members, sessions and tokens look like outside."""

from __future__ import annotations

from marshmallow import fields, validate

from marketplace.accounts.queries import ORGANISATION_SORTS
from marketplace.accounts.rules.kinds import ADMISSION, OrganisationKind
from marketplace.accounts.rules.passwords import LONGEST, SHORTEST
from marketplace.accounts.rules.tokens import MOST_DAYS, SCOPES
from marketplace.api.http.schemas import Amount, PageQuery, Schema, page_of
from marketplace.shared.actor import Role

_KINDS = [str(kind) for kind in OrganisationKind]
_ROLES = [str(role) for role in Role]


def _password() -> fields.String:
    # Its bounds are checked by the rules, whose faults never repeat it; write-only fields are not repeated either.
    metadata = {"format": "password", "description": f"{SHORTEST} to {LONGEST} characters"}
    return fields.String(required=True, load_only=True, metadata=metadata)


class MemberSchema(Schema):
    """A person who acts for an organisation."""

    id = fields.String()
    organisation_id = fields.String()
    email = fields.Email()
    name = fields.String()
    roles = fields.List(fields.String())
    active = fields.Boolean()
    version = fields.Integer()
    created_at = fields.AwareDateTime()


class NewMemberSchema(Schema):
    """A member to be added by an administrator, who hands over the first password."""

    email = fields.String(required=True, metadata={"example": "wang@example.com"})
    name = fields.String(required=True, metadata={"example": "王小明"})
    password = _password()
    roles = fields.List(fields.String(validate=validate.OneOf(_ROLES)), load_default=list)


class MemberChangeSchema(Schema):
    """The fields of a member that change; those left out stay."""

    name = fields.String()
    roles = fields.List(fields.String(validate=validate.OneOf(_ROLES)))
    active = fields.Boolean(truthy={True}, falsy={False})


class ActiveQuery(PageQuery):
    """All, or only those in use (or not)."""

    active = fields.Boolean()


class OrganisationSchema(Schema):
    """A company, institute or authority that takes part."""

    id = fields.String()
    name_zh = fields.String()
    name_latin = fields.String()
    credit_code = fields.String(metadata={"description": "统一社会信用代码 / unified social credit code (GB 32100)"})
    kind = fields.String()
    group_parent = fields.String(allow_none=True)
    small = fields.Boolean()
    sample = fields.Boolean()
    tags = fields.List(fields.String())
    status = fields.String()
    status_reason = fields.String(allow_none=True)
    version = fields.Integer()
    created_at = fields.AwareDateTime()


_PARENT = "credit code of the controlling company, which names itself too; related parties share it"


class RegistrationSchema(Schema):
    """An organisation that registers itself, with its first member, who becomes its administrator."""

    name_zh = fields.String(required=True, metadata={"example": "示例电池有限公司"})
    name_latin = fields.String(required=True, metadata={"example": "Example Battery Co., Ltd."})
    credit_code = fields.String(required=True, metadata={"example": "91110000600037341L"})
    kind = fields.String(required=True, validate=validate.OneOf(_KINDS))
    group_parent = fields.String(load_default=None, allow_none=True, metadata={"description": _PARENT})
    small = fields.Boolean(load_default=False, truthy={True}, falsy={False})
    tags = fields.List(fields.String(), load_default=list)
    first_member = fields.Nested(NewMemberSchema, required=True)


class RegisteredSchema(Schema):
    """What a registration has made."""

    organisation = fields.Nested(OrganisationSchema)
    first_member = fields.Nested(MemberSchema)


class OrganisationChangeSchema(Schema):
    """The fields of an organisation that change; those left out stay."""

    name_zh = fields.String()
    name_latin = fields.String()
    group_parent = fields.String(allow_none=True, metadata={"description": _PARENT})
    small = fields.Boolean(truthy={True}, falsy={False})
    tags = fields.List(fields.String())


class OrganisationQuery(PageQuery):
    """Which organisations, in which order."""

    status = fields.String(validate=validate.OneOf(ADMISSION.statuses))
    kind = fields.String(validate=validate.OneOf(_KINDS))
    sort = fields.String(
        load_default="created_at", validate=validate.OneOf([s + name for name in ORGANISATION_SORTS for s in ("", "-")])
    )


class VerificationSchema(Schema):
    """An operator's decision about an organisation."""

    decision = fields.String(required=True, validate=validate.OneOf(ADMISSION.actions))
    reason = fields.String(load_default=None, allow_none=True, metadata={"description": "shown to the organisation"})


class SiteSchema(Schema):
    """A place where goods leave or arrive."""

    id = fields.String(dump_only=True)
    organisation_id = fields.String(dump_only=True)
    name = fields.String(required=True, metadata={"example": "一号工厂"})
    address = fields.String(required=True, metadata={"example": "四川省成都市示例路1号"})
    region_code = fields.String(required=True, metadata={"description": "GB/T 2260", "example": "510100"})
    latitude_deg = Amount(allow_none=True, load_default=None, metadata={"example": "30.572815"})
    longitude_deg = Amount(allow_none=True, load_default=None, metadata={"example": "104.066801"})
    active = fields.Boolean(dump_only=True)
    version = fields.Integer(dump_only=True)
    created_at = fields.AwareDateTime(dump_only=True)


class SiteChangeSchema(Schema):
    """The fields of a site that change; those left out stay."""

    name = fields.String()
    address = fields.String()
    region_code = fields.String()
    latitude_deg = Amount(allow_none=True)
    longitude_deg = Amount(allow_none=True)
    active = fields.Boolean(truthy={True}, falsy={False})


class SignInSchema(Schema):
    """E-mail address and password."""

    email = fields.String(required=True)
    password = _password()


class PasswordChangeSchema(Schema):
    """The password to be left and the one to come."""

    current_password = _password()
    new_password = _password()


class NewPasswordSchema(Schema):
    """A password that an administrator hands over."""

    password = _password()


class SessionSchema(Schema):
    """Who calls."""

    member = fields.Nested(MemberSchema)
    organisation = fields.Nested(OrganisationSchema)
    scopes = fields.List(fields.String(), allow_none=True, metadata={"description": "null: a session, which may all"})
    csrf_token = fields.String(allow_none=True, metadata={"description": "to be sent as X-CSRF-Token; null: a token"})


class TokenSchema(Schema):
    """A personal token, without its secret."""

    id = fields.String()
    name = fields.String()
    scopes = fields.List(fields.String())
    expires_at = fields.AwareDateTime()
    revoked_at = fields.AwareDateTime(allow_none=True)
    last_used_at = fields.AwareDateTime(allow_none=True)
    created_at = fields.AwareDateTime()


class NewTokenSchema(Schema):
    """A token that is asked for."""

    name = fields.String(required=True, metadata={"example": "ERP"})
    scopes = fields.List(fields.String(validate=validate.OneOf(sorted(SCOPES))), required=True)
    valid_days = fields.Integer(required=True, strict=True, validate=validate.Range(1, MOST_DAYS))


class IssuedTokenSchema(Schema):
    """A token just made: the only time that its secret is shown."""

    secret = fields.String(metadata={"description": "to be sent as 'Authorization: Bearer …'"})
    token = fields.Nested(TokenSchema)


MemberPageSchema = page_of(MemberSchema)
OrganisationPageSchema = page_of(OrganisationSchema)
SitePageSchema = page_of(SiteSchema)
TokenPageSchema = page_of(TokenSchema)
