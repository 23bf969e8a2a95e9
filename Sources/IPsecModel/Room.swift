// IPsecModel
