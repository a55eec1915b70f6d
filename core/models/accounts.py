"""People who log in, their departments, and the roles they hold."""

import datetime
from collections.abc import Collection
from functools import cached_property
from typing import Any, NamedTuple, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import _user_has_module_perms, _user_has_perm
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from core import masking, roles
from core.fields import NO_PERSONAL_DATA, PERSON, BlindIndexField, EncryptedTextField, Privacy
from core.models.organisations import Organisation
from core.rules import Invalid, certificates
from core.scope import ScopedModel, ScopedQuerySet


class Department(ScopedModel):
    """责任部门。A department of a federation: plans and rows name it as responsible."""

    privacy = NO_PERSONAL_DATA

    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name="所属工会")
    code = models.CharField("编码", max_length=20)
    name = models.CharField("名称", max_length=40)

    class Meta:
        verbose_name = verbose_name_plural = "部门"
        ordering = ["organisation__path", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "code"],
                name="department_code_once",
                violation_error_message="该工会已有相同编码的部门。",
            )
        ]

    def __str__(self) -> str:
        return self.name


def clean_resident_number(row: models.Model) -> None:
    """Bring `certificate_number` of a row into its one form; refuses what is no resident number."""
    if not row.certificate_number:
        return
    try:
        number = certificates.resident_number(
            row.certificate_number.clear(), on=timezone.localdate()
        )
    except Invalid as error:
        raise ValidationError({"certificate_number": error.message}) from error
    if number.mended:
        row.certificate_number = number.value


class Principal(NamedTuple):
    """委托人: the person in whose place a user acts, by the index that tells persons apart."""

    person: bytes | None
    name: str


class UserQuerySet(ScopedQuerySet):
    def holding(self, permission: str, organisation: Organisation) -> Self:
        """Active accounts that hold the permission on the rows of an organisation today."""
        granting = [role.code for role in roles.table().values() if permission in role.permissions]
        step, path = Organisation.steplen, organisation.path
        above = [path[:length] for length in range(step, len(path) + 1, step)]
        held = Assignment.objects.in_force(timezone.localdate()).filter(
            role__in=granting, organisation__path__in=above
        )
        return self.filter(is_active=True, pk__in=held.order_by().values("user"))


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):
    def get_by_natural_key(self, username: str) -> "User":
        return self.get(username=username)


class User(ScopedModel, AbstractBaseUser):
    """登录账号。One account of one person. It may do what its assignments grant, nothing else.

    There is no superuser: `is_superuser` is always false.
    """

    privacy = Privacy(
        purpose="账号管理与操作留痕",
        retention="账号停用后三年",
        masked={"display_name": masking.name},
    )

    username = models.CharField("账号", max_length=60, unique=True)
    display_name = models.CharField("姓名", max_length=50)
    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name="所在工会")
    department = models.ForeignKey(
        Department, models.PROTECT, verbose_name="部门", null=True, blank=True
    )
    phone = EncryptedTextField("手机号", mask=masking.phone)
    certificate_number = EncryptedTextField(
        "身份证号",
        mask=masking.number,
        help_text="用于核对回避；没有登记的账号不能办理审核、审批。",
    )
    certificate_index = BlindIndexField(of="certificate_number", use=PERSON)
    is_active = models.BooleanField("启用", default=True)
    must_change_password = models.BooleanField("须修改初始密码", default=True)
    created_at = models.DateTimeField("建立时间", default=timezone.now, editable=False)

    is_superuser = False
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["display_name"]
    objects = UserManager()

    class Meta:
        verbose_name = verbose_name_plural = "账号"
        ordering = ["username"]
        constraints = [
            models.UniqueConstraint(
                fields=["certificate_index"],
                condition=models.Q(is_active=True),
                name="user_person_once",
                violation_error_message="该身份证号已有启用的账号，一人只能有一个账号。",
            )
        ]

    def clean(self) -> None:
        super().clean()
        clean_resident_number(self)

    def certificate_number_key(self) -> str | None:
        """By what the holder is known to be the same person as somebody in another table."""
        return self.certificate_number and f"resident:{self.certificate_number.clear()}"

    def __str__(self) -> str:
        return f"{self.display_name}（{self.username}）"

    @cached_property
    def grants(self) -> list[tuple[roles.Role, str]]:
        """Role and tree path of every assignment in force today; none for a disabled account.

        Cached on the instance, that is for one request: a change counts at the next one.
        """
        return [(role, path) for role, path, _ in self._held]

    @cached_property
    def _held(self) -> "list[tuple[roles.Role, str, Principal | None]]":
        """The grants, each with the person in whose place it is held (代办), if any."""
        if not self.is_active or self.pk is None:
            return []
        held = self.assignments.in_force(timezone.localdate()).order_by()
        held = held.values_list(
            *["role", "organisation__path", "delegated_from"],
            *["delegated_from__user__certificate_index", "delegated_from__user__display_name"],
        )
        table = roles.table()
        return [
            (table[code], path, Principal(person, name) if delegated else None)
            for code, path, delegated, person, name in held
            if code in table and (not delegated or person)  # in an unknown person's place nobody
        ]

    @property
    def delegators(self) -> set["Principal"]:
        """In whose place the user may act somewhere; nobody's, for most."""
        return {principal for _, _, principal in self._held if principal is not None}

    def principals(self, path: str, permissions: Collection[str]) -> set["Principal"]:
        """In whose place the user acts at a place of the tree with any of these permissions.

        Nobody's, where he holds one of them himself.
        """
        found = {
            principal
            for role, root, principal in self._held
            if role.permissions.intersection(permissions) and path.startswith(root)
        }
        return set() if None in found else found

    def forget_grants(self) -> None:
        """What was granted or taken meanwhile counts from here on."""
        for name in ("grants", "_held"):
            self.__dict__.pop(name, None)

    def paths_with(self, permission: str) -> list[str]:
        """Roots of the subtrees in which this user holds the permission."""
        return [path for role, path in self.grants if permission in role.permissions]

    @property
    def is_staff(self) -> bool:
        """Whether the admin's door opens."""
        return any(role.door == "admin" for role, _ in self.grants)

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """In general, or on one row: then the row must also lie in scope of the permission."""
        return _user_has_perm(self, perm, obj)

    def has_perms(self, perms: list[str], obj: Any = None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perms)

    def has_module_perms(self, app_label: str) -> bool:
        return _user_has_module_perms(self, app_label)

    def get_short_name(self) -> str:
        return self.display_name

    def get_full_name(self) -> str:
        return self.display_name


class AssignmentQuerySet(ScopedQuerySet):
    def in_force(self, on: datetime.date) -> Self:
        """Valid on the day. A delegated one holds no longer than that from which it comes."""
        source = models.Q(delegated_from__user__is_active=True, delegated_from__since__lte=on)
        source &= _not_over(on, "delegated_from__until")
        own = models.Q(delegated_from__isnull=True)
        return self.filter(own | source, _not_over(on, "until"), since__lte=on)

    def delegated_by(self, user: User) -> Self:
        """What others hold in his place."""
        return self.filter(delegated_from__user=user)


def _not_over(on: datetime.date, name: str) -> models.Q:
    return models.Q(**{f"{name}__isnull": True}) | models.Q(**{f"{name}__gte": on})


class Assignment(ScopedModel):
    """授权。One role of one user, valid for the subtree of the organisation, both days included.

    A delegated one (委托代办) comes from an assignment of somebody else, in whose place the user
    acts until a day; it ends with that, and cannot be delegated further.
    """

    privacy = NO_PERSONAL_DATA

    user = models.ForeignKey(User, models.PROTECT, verbose_name="账号", related_name="assignments")
    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name="授权范围")
    role = models.CharField("角色", max_length=40)
    since = models.DateField("起始日", default=timezone.localdate)
    until = models.DateField("截止日", null=True, blank=True)
    delegated_from = models.ForeignKey(
        "self",
        models.PROTECT,
        verbose_name="委托自",
        null=True,
        blank=True,
        related_name="delegations",
        editable=False,
    )

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "授权"
        ordering = ["user__username", "since"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "organisation", "role"],
                condition=models.Q(until__isnull=True),
                name="assignment_open_once",
                violation_error_message="该账号在此范围内已有同一角色。",
            ),
            models.CheckConstraint(
                name="assignment_forward",
                condition=models.Q(until__isnull=True) | models.Q(until__gte=models.F("since")),
                violation_error_message="截止日不能早于起始日。",
            ),
            models.CheckConstraint(
                name="assignment_delegated_until",
                condition=models.Q(delegated_from__isnull=True) | models.Q(until__isnull=False),
                violation_error_message="委托代办须有截止日。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.role_label}"

    @property
    def role_label(self) -> str:
        role = roles.table().get(self.role)
        return role.label if role else self.role
