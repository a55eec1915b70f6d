"""The groups that figures count; their labels stand with the choices of the models."""

# 八大群体, the eight groups of the membership drive of 2018.
EIGHT_GROUPS = frozenset({
    "truck_driver", "courier", "care_worker", "domestic_worker", "mall_clerk", "food_courier",
    "estate_agent", "security_guard",
})  # fmt: skip
# 新就业形态劳动者, the newer term: those who find work through platforms.
NEW_FORM_GROUPS = frozenset({
    "truck_driver", "ride_hailing_driver", "courier", "food_courier", "livestreamer",
})  # fmt: skip
# 企业 by 单位性质: institutions, organs, sole traders and private non-enterprises are none.
ENTERPRISE_OWNERSHIPS = frozenset({
    "110", "120", "130", "140", "151", "159", "161", "169", "170", "190", "200", "300",
})  # fmt: skip
