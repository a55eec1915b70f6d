"""The interface for programs (JSON over HTTP), under `/api/`.

It does what the screens do, by the same services. An app declares in its `api.py` what its rows
tell and which service each write calls:

    class Grants(Rows):
        serializer_class = GrantSerializer
        filters = {"case": ["exact"]}

        @tells("登记帮扶金", request=GrantSerializer)
        def create(self, request):
            row = aid.grant(self.entered(GrantSerializer).row(), by=request.user)
            return self.made(row)

    router.register("hardship/grants", Grants, basename="hardship_grant")
"""
