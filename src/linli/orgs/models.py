"""Organisations, accounts, posts, sessions: what someone may see or do follows from their posts, nowhere else."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from linli.kernel.crypto import masked_phone, unseal
from linli.orgs.enums import ROLE_CHOICES, OrgKind
from linli.places.models import Compound, Division, Grid


class Organisation(models.Model):
    """A unit of any kind, at a place, under another."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(_("类型"), max_length=24, choices=OrgKind.choices)
    name = models.CharField(_("名称"), max_length=100)
    short_name = models.CharField(_("简称"), max_length=40, blank=True, default="")
    division = models.ForeignKey(Division, models.PROTECT, related_name="organisations")
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    governs = models.BooleanField(_("本级治理单位"), default=False)
    phone = models.CharField(_("电话"), max_length=40, blank=True, default="")
    address = models.CharField(_("地址"), max_length=200, blank=True, default="")
    # [["09:00", "12:00"], ["14:00", "18:00"]]; empty: the installation's hours
    office_hours = models.JSONField(_("办公时间"), default=list, blank=True)
    active = models.BooleanField(_("启用"), default=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("division", "kind", "name", name="organisation_name_once_per_place"),
            models.UniqueConstraint(
                "division", condition=Q(governs=True, active=True), name="one_unit_governs_a_division"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """The short name where there is one."""
        return self.short_name or self.name


# how the user names begin of accounts that people registered themselves
SELF_MADE = "p-"


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """An account. It carries no rights of its own: rights come from posts."""

    id = models.BigAutoField(primary_key=True)
    username = models.CharField(_("用户名"), max_length=60, unique=True)
    name = models.CharField(_("姓名"), max_length=100)
    phone_sealed = models.TextField(blank=True, default="")
    phone_blind = models.CharField(max_length=64, blank=True, default="")
    # whoever signs in has shown that the number is theirs; one that somebody else wrote down opens nothing that was left under it
    phone_proved = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    password_changed_at = models.DateTimeField(null=True, blank=True)
    totp_sealed = models.TextField(blank=True, default="")
    totp_last_step = models.BigIntegerField(default=0)
    # keyed hashes of the codes for a lost phone, each used once
    recovery_hashes = models.JSONField(default=list, blank=True)
    failed_count = models.PositiveIntegerField(default=0)
    locked_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = UserManager()
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar = ["name"]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("phone_blind", condition=~Q(phone_blind=""), name="one_account_per_phone"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def self_made(self) -> bool:
        """Whether the person registered it themselves, by phone: nobody else may ever change how it is signed in to."""
        return self.username.startswith(SELF_MADE)

    @property
    def label(self) -> str:
        """The name, or for a resident who gave none the masked phone."""
        if self.name:
            return self.name
        return masked_phone(unseal(self.phone_sealed)) if self.phone_sealed else self.username

    @property
    def has_second_factor(self) -> bool:
        return bool(self.totp_sealed)


class Post(models.Model):
    """Somebody holds a role in an organisation, perhaps for one grid or compound, from one day to another."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, models.PROTECT, related_name="posts")
    role = models.CharField(_("岗位"), max_length=40, choices=ROLE_CHOICES)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="posts")
    grid = models.ForeignKey(Grid, models.PROTECT, null=True, blank=True, related_name="posts")
    compound = models.ForeignKey(Compound, models.PROTECT, null=True, blank=True, related_name="+")
    since = models.DateField(_("任职日期"))
    until = models.DateField(_("离任日期"), null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="post_ends_after_it_begins"
            ),
            # three, because an empty grid or compound is equal to none other in a database
            models.UniqueConstraint(
                "user",
                "role",
                "organisation",
                condition=Q(until__isnull=True, grid__isnull=True, compound__isnull=True),
                name="same_post_held_once",
            ),
            models.UniqueConstraint(
                "user",
                "role",
                "organisation",
                "grid",
                condition=Q(until__isnull=True, compound__isnull=True),
                name="same_post_of_a_grid_held_once",
            ),
            models.UniqueConstraint(
                "user",
                "role",
                "organisation",
                "compound",
                condition=Q(until__isnull=True, grid__isnull=True),
                name="same_post_of_a_compound_held_once",
            ),
        ]
        indexes: ClassVar = [models.Index("organisation", "role", name="post_by_organisation")]

    def __str__(self) -> str:
        return f"{self.user} · {self.organisation.label} · {self.get_role_display()}"


class Session(AbstractBaseSession):
    """A browser that is signed in, listed to its owner, who can end it; or one that is in the middle of signing in."""

    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="sessions")
    created_at = models.DateTimeField(null=True)
    device = models.CharField(max_length=200, blank=True, default="")

    @classmethod
    def get_session_store_class(cls) -> type:
        from linli.orgs.sessions import SessionStore

        return SessionStore


class SignInAttempt(models.Model):
    """A failed sign-in under a hashed name or from a hashed address, for lock-out; a success clears the name's."""

    key = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index("key", "at", name="attempt_by_key"),
            models.Index("at", name="attempt_by_age"),
        ]


class PhoneCode(models.Model):
    """A code sent to a phone for signing in: six digits, hashed, five minutes, five tries, used once."""

    phone_blind = models.CharField(max_length=64)
    code_hash = models.CharField(max_length=64)
    sent_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    used = models.BooleanField(default=False)

    class Meta:
        indexes: ClassVar = [
            models.Index("phone_blind", "sent_at", name="code_by_phone"),
            models.Index("sent_at", name="code_by_age"),
        ]


class PasswordLink(models.Model):
    """A link by which somebody sets their password once: given by whoever made the account or was asked for help."""

    user = models.ForeignKey(User, models.CASCADE, related_name="password_links")
    token_hash = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class ExternalIdentity(models.Model):
    """Who somebody is to an identity provider: tied to the account once, by a phone number that the provider checked."""

    user = models.ForeignKey(User, models.CASCADE, related_name="identities")
    issuer = models.CharField(max_length=200)
    subject = models.CharField(max_length=255)
    tied_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("issuer", "subject", name="identity_of_one_account")]
