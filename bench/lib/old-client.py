"""The client of 2020, sale after sale: KMS Encrypt by boto3, then requests.post. Reads how many from each line of input."""

import base64
import json
import os
import sys

import boto3
import requests

kms = boto3.client('kms', endpoint_url=os.environ['AWS_ENDPOINT_URL_KMS'])
sale = {'sales': [{'item_no': '12345', 'gross_number': '5', 'gross_turnover': '60.00'}]}


def send():
    sealed = kms.encrypt(
        KeyId='alias/KeyL-AMIS1',
        Plaintext=json.dumps(sale).encode(),
        EncryptionAlgorithm='RSAES_OAEP_SHA_256',
    )
    content = base64.b64encode(sealed['CiphertextBlob']).decode()
    message = {'shop_id': 'AMIS1', 'content_base64': content}
    answer = requests.post(os.environ['SHOP_URL'], json=message, verify=os.environ['SHOP_CA'])
    assert answer.text == '"OK"', answer.text


print('ready', flush=True)
for line in sys.stdin:
    for _ in range(int(line)):
        send()
    print('sent', flush=True)
