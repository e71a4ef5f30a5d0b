/* SPDX-License-Identifier: Apache-2.0 */
/* A private key made for the tests and of no other use, and the numbers that openssl(1) tells of
 * it. */
#ifndef FLEXHOST_TESTS_UNIT_AZURE_RSA_VECTOR_H
#define FLEXHOST_TESTS_UNIT_AZURE_RSA_VECTOR_H

static const char vector_pem[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQChPZV5cn9CqOom\n"
    "uKF0vEKNgUtMlASn4k/kNxhY/voHPJHuPUw02WbJSJHRaYlKh59jEM1sYT1LDVjd\n"
    "QNpVKuMmtZeU5BsacV10TL4/pPg61hh/5s42Ny4lw9bo07kSBRTTSNLWwwIFViWN\n"
    "3Ul1mQqU3sd0DBG04bkvB69v7+EWiOos/ffVfNexSDpCBRRCJQZwd5JlHPfOR/Zl\n"
    "NbtIKJhj5l62nGs541bAYrmiGV13W/ouvay641ePXaIUc5a1nv4wiEcPrVa09Ee8\n"
    "sMGt23yCExjIc3oLvt7fQV+0+EQQ41KzZcDOwrXpjtyXSbRSlmi+kFH3Z/wmZqV9\n"
    "+Adtzw1lAgMBAAECggEAG34bKwKNVWnkxuZrTTK+bE9T7gI9Cv0pHyIPyjjrm+lF\n"
    "fqhAArDg+Egh6OGEUctvL16RkD3CTDZB5TPmJmhyI8sJxg7g2jDjPO3K8KIp2ypf\n"
    "MgvCNHdTLIhIcBmNsFdidiYwIQNOKGfIbniBSoZmSfz0aEKYkE1+nFjEnqL5r7Qy\n"
    "XpyNIBbbgkP6crA5fGc+VPQd8c9NnQDV7rMKa7WLKdxMiRRnoEQc0tgCqOk6/P0u\n"
    "T7GHiJECm73tcVoD89/zAaBpBZbBq5d5xUsMZIs64eci0ANlkJByd3bNq69quBuJ\n"
    "/sjrG80DPdQL4vg81w9z3vuWtlnHM+Ij2liwtovBgQKBgQDQovn4fhkkfEtGUy8Q\n"
    "Jj89p0T8xHGYTT7Cly2Rr6hgGV83BF6MVuWGknIm0pkIEhJiPTHdi0hIe1u7fjl6\n"
    "h7bbyQSyV7F1N0wTMNMqcMR8QniggME5Z5ayDYyc1S5fZ6BZLiaoFVyqFbZKu299\n"
    "FxXEmydfmjapyICsDEZ5ItZdwQKBgQDF2Ck7J4JoXvVOxqYtbEf07XnEGc7iXc13\n"
    "w7NNvakavYWlOwXmBN5s5ypOCeNfb7UTvKEZK1rizNa/MBko1tebqVtzrvljpF7U\n"
    "dWVNHQxiWsAgt6BY23WwIDi3OZ0wGdftueq8Sqb7TVa/0IJrkse9482eAH2KLn27\n"
    "TY2cGgygpQKBgEmDY3i/VbSZZxycatTR5S6gJZq6zRvQ+/AsvI28yyMxTW9hRr9E\n"
    "TxOfvkEXq3xAgeHDljJtxUZk0Om7jB00fKXsqo78fzbCCTgp1/34RgNSmJZVR8Am\n"
    "U97hD06jfvd21/UUYeKPxFrZ06V5bcsxuyXPVYxGFkS0tUHqAVrlf4sBAoGAYO/z\n"
    "688E/3yfdzSwEYt/ikudIO+ARbuuQ+M4hHvMUpTP2dCcqEJ0dSmiuc/wfz9tmrkO\n"
    "uhVbF8tD4TOA8FisFdIaRAlUmnTcHf9TXkBAZCSRBLbUMxV8iYqQH350PTA8c3dn\n"
    "w1BUlscjHSLd9DVb9veaNLOKz1zOMCrkmrrMux0CgYAKnPFUTPY1kPEfGEeoHiLB\n"
    "w4Lec8cICjQx4FFLA1My9hZCqMtrUy2elJxCPICxukN15tR/VHyyGvRRpE5Ve5Y2\n"
    "eD7v/+RRX8rbPCgAsDxmnu/lNSJ09zjYT0j5bKM8C3NIq+LrKGBKG/wxwJJme+bH\n"
    "HBoZz+oisHOwCYxEg8FC5g==\n"
    "-----END PRIVATE KEY-----\n";

static const char vector_n[] =
    "oT2VeXJ_QqjqJrihdLxCjYFLTJQEp-JP5DcYWP76BzyR7j1MNNlmyUiR0WmJSoefYxDNbGE9Sw1Y"
    "3UDaVSrjJrWXlOQbGnFddEy-P6T4OtYYf-bONjcuJcPW6NO5EgUU00jS1sMCBVYljd1JdZkKlN7H"
    "dAwRtOG5Lwevb-_hFojqLP331XzXsUg6QgUUQiUGcHeSZRz3zkf2ZTW7SCiYY-ZetpxrOeNWwGK5"
    "ohldd1v6Lr2suuNXj12iFHOWtZ7-MIhHD61WtPRHvLDBrdt8ghMYyHN6C77e30FftPhEEONSs2XA"
    "zsK16Y7cl0m0UpZovpBR92f8JmalffgHbc8NZQ";
static const char vector_d[] =
    "G34bKwKNVWnkxuZrTTK-bE9T7gI9Cv0pHyIPyjjrm-lFfqhAArDg-Egh6OGEUctvL16RkD3CTDZB"
    "5TPmJmhyI8sJxg7g2jDjPO3K8KIp2ypfMgvCNHdTLIhIcBmNsFdidiYwIQNOKGfIbniBSoZmSfz0"
    "aEKYkE1-nFjEnqL5r7QyXpyNIBbbgkP6crA5fGc-VPQd8c9NnQDV7rMKa7WLKdxMiRRnoEQc0tgC"
    "qOk6_P0uT7GHiJECm73tcVoD89_zAaBpBZbBq5d5xUsMZIs64eci0ANlkJByd3bNq69quBuJ_sjr"
    "G80DPdQL4vg81w9z3vuWtlnHM-Ij2liwtovBgQ";
static const char vector_p[] =
    "0KL5-H4ZJHxLRlMvECY_PadE_MRxmE0-wpctka-oYBlfNwRejFblhpJyJtKZCBISYj0x3YtISHtb"
    "u345eoe228kEslexdTdMEzDTKnDEfEJ4oIDBOWeWsg2MnNUuX2egWS4mqBVcqhW2SrtvfRcVxJsn"
    "X5o2qciArAxGeSLWXcE";
static const char vector_q[] =
    "xdgpOyeCaF71TsamLWxH9O15xBnO4l3Nd8OzTb2pGr2FpTsF5gTebOcqTgnjX2-1E7yhGSta4szW"
    "vzAZKNbXm6lbc675Y6Re1HVlTR0MYlrAILegWNt1sCA4tzmdMBnX7bnqvEqm-01Wv9CCa5LHvePN"
    "ngB9ii59u02NnBoMoKU";
static const char vector_dp[] =
    "SYNjeL9VtJlnHJxq1NHlLqAlmrrNG9D78Cy8jbzLIzFNb2FGv0RPE5--QRerfECB4cOWMm3FRmTQ"
    "6buMHTR8peyqjvx_NsIJOCnX_fhGA1KYllVHwCZT3uEPTqN-93bX9RRh4o_EWtnTpXltyzG7Jc9V"
    "jEYWRLS1QeoBWuV_iwE";
static const char vector_dq[] =
    "YO_z688E_3yfdzSwEYt_ikudIO-ARbuuQ-M4hHvMUpTP2dCcqEJ0dSmiuc_wfz9tmrkOuhVbF8tD"
    "4TOA8FisFdIaRAlUmnTcHf9TXkBAZCSRBLbUMxV8iYqQH350PTA8c3dnw1BUlscjHSLd9DVb9vea"
    "NLOKz1zOMCrkmrrMux0";
static const char vector_qi[] =
    "CpzxVEz2NZDxHxhHqB4iwcOC3nPHCAo0MeBRSwNTMvYWQqjLa1MtnpScQjyAsbpDdebUf1R8shr0"
    "UaROVXuWNng-7__kUV_K2zwoALA8Zp7v5TUidPc42E9I-WyjPAtzSKvi6yhgShv8McCSZnvmxxwa"
    "Gc_qIrBzsAmMRIPBQuY";
static const char vector_fingerprint[] =
    "sha256:e5057a0f021a317e58c43710dd6c3c5011c68ee69f8167ab8bd759e775936e6c";

#endif
